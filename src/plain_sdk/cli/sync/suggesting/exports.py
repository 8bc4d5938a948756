"""How other tools name what a customer has. Names are compared without case, spaces and signs."""

import re
from collections.abc import Sequence
from typing import Final

EMAILS: Final = """
email, emailaddress, useremail, customeremail, contactemail, primaryemail, workemail, mail,
email1value, emailaddress1, primaryemailaddress, traits.email, properties.email, attributes.email,
profile.email, fields.email, user.email, customer.email, personemail, personaccountemail, emails,
emailadresse, mailadresse, courriel, adressemail, adresseemail, correo, correoelectronico,
emailadres, indirizzoemail, epost, epostadress, login, username
"""
NAMES: Final = """
fullname, name, displayname, customername, contactname, username, realname, profilename,
traits.name, traits.fullname, traits.full_name, properties.name, attributes.name, profile.name,
fields.name, nombrecompleto, nomcomplet, vollstandigername, nomecompleto, nomecompleto, naam, navn
"""
FIRST_AND_LAST: Final = """
firstname lastname, fname lname, givenname familyname, givenname surname, first last,
firstname surname, vorname nachname, prenom nom, nombre apellidos, nombre apellido, nome cognome,
nome sobrenome, voornaam achternaam, fornavn etternavn, fornamn efternamn,
traits.firstname traits.lastname, traits.first_name traits.last_name,
properties.firstname properties.lastname, profile.firstname profile.lastname,
billingfirstname billinglastname, forename surname
"""
IDS: Final = """
externalid, uniqueexternalid, userid, customerid, clientid, memberid, accountid, contactid,
recordid, externaluserid, traits.userid, kundennummer, kundennr, kundenid, kundennummern,
numeroclient, numerocliente, idcliente, idclient, klantnummer, id, _id.$oid, _id, uid, uuid, guid,
localid, sub, leid, euid, vid, objectid, contactid18, caseSafeid, useridmetadata
"""
VERIFIED: Final = """
isverified, verified, emailverified, isemailverified, verifiedemail, emailisverified, confirmed,
emailconfirmed, isconfirmed, emailverifiedat, emailconfirmedat, confirmedat, verifiedat,
traits.emailverified, traits.email_verified, bestatigt, verifiziert, verifie, emailverifie,
verificado, verificato, geverifieerd
"""
_TOOLS: Final = (
    ("HubSpot", "recordid firstname lastname email"),
    ("HubSpot", "contactid lifecyclestage email"),
    ("Zendesk", "id name email role organization"),
    ("Intercom", "userid email lastseen"),
    ("Intercom", "name email webssessions"),
    ("Stripe", "id email createdutc"),
    ("Shopify", "firstname lastname email acceptsemailmarketing"),
    ("Shopify", "firstname lastname email acceptsmarketing"),
    ("Mailchimp", "emailaddress firstname lastname memberrating"),
    ("Mailchimp", "emailaddress optintime"),
    ("Salesforce", "contactid firstname lastname accountname"),
    ("Salesforce", "id firstname lastname accountid"),
    ("Freshdesk", "fullname email twitter"),
    ("Freshdesk", "name email uniqueexternalid"),
    ("Segment", "type userid traits"),
    ("MongoDB", "_id email"),
    ("Google Contacts", "email1value"),
    ("Auth0", "userid emailverified"),
    ("Supabase", "instanceid aud emailconfirmedat"),
)


def plain_name(column: str) -> str:
    """A column's name as it is compared; dots stay, because they are paths."""
    import unicodedata

    text = unicodedata.normalize("NFKD", column.replace("\u00df", "ss")).lower()
    return re.sub(r"[^a-z0-9._$]", "", text)


def _listed(names: str) -> list[str]:
    return [plain_name(name) for name in names.replace("\n", " ").split(",")]


def tool_of(columns: Sequence[str]) -> str | None:
    """Which tool most likely wrote a file with these columns."""
    there = {plain_name(column) for column in columns}
    return next((tool for tool, names in _TOOLS if there.issuperset(names.split())), None)


def first_of(names: str, columns: Sequence[str]) -> str | None:
    """The column that is called by the first of the names that any is called by."""
    there: dict[str, str] = {}
    for column in columns:
        there.setdefault(plain_name(column).replace("_", ""), column)
        there.setdefault(plain_name(column), column)
    return next((there[name] for name in _listed(names) if name in there), None)


def first_and_last(columns: Sequence[str]) -> tuple[str, str] | None:
    """The columns of the first and the last name."""
    for pair in FIRST_AND_LAST.replace("\n", " ").split(","):
        first, last = pair.split()
        found = first_of(first, columns), first_of(last, columns)
        if found[0] is not None and found[1] is not None:
            return found[0], found[1]
    return None
