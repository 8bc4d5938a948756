"""Companies, which Plain infers from the domain of a customer's email address."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .._context import Context
from .._domain import Domain
from .._ids import IdFactory
from .._members import Object
from .._paging import Order, connection
from .._refusals import MutationRefused, not_found
from .._store import Row, Store, Table, json_list
from .actors import MADE, actor, made, moment, stamped, touched
from .inputs import blank, changes, existing, invalid, only_one, refuse
from .searching import SearchTerm, searched
from .tenants import listed_by

DOMAIN = Domain(
    tables=(
        Table(
            "companies",
            {
                "id": "TEXT PRIMARY KEY",
                "domain": "TEXT NOT NULL UNIQUE",
                "name": "TEXT NOT NULL",
                "contract_value": "INTEGER",
                "account_owner_id": "TEXT",
                "deleted_at": "TEXT",
                "deleted_by": "TEXT",
                **MADE,
            },
        ),
        # What the companies of customers are looked up by.
        """CREATE INDEX IF NOT EXISTS customers_by_domain
            ON customers (substr(email_key, instr(email_key, '@') + 1))""",
    )
)

_DOMAIN_OF_CUSTOMER = "substr(email_key, instr(email_key, '@') + 1)"
_READ = ("company:read",)

# Plain refuses public mail domains as a company's, and does not say which those are; these are
# the large ones.
_PUBLIC = frozenset((
    "126.com", "163.com", "aol.com", "btinternet.com", "comcast.net", "fastmail.com",
    "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com",
    "hey.com", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.fr", "icloud.com",
    "libero.it", "live.co.uk", "live.com", "mac.com", "mail.com", "mail.ru", "me.com",
    "msn.com", "orange.fr", "outlook.com", "outlook.de", "pm.me", "proton.me", "protonmail.com",
    "qq.com", "rocketmail.com", "t-online.de", "tutanota.com", "web.de", "yahoo.co.jp",
    "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru", "ymail.com",
    "zoho.com",
))  # fmt: skip


@DOMAIN.loader("Company")
def load_company(context: Context, company_id: str) -> Object | None:
    """The company with this id."""
    row = context.store.by("companies", "id", company_id)
    return None if row is None else as_company(row)


@DOMAIN.loader("CompanyNamed")
def load_named(context: Context, key: str) -> Object | None:
    """The company with this id, or of this domain."""
    row = context.store.by("companies", "id", key) or _by_domain(context.store, _bare_domain(key))
    return None if row is None else as_company(row)


@DOMAIN.query("company", permissions=_READ)
def company(context: Context, companyId: str) -> Object | None:
    """The company with Plain's id."""
    return load_company(context, companyId)


@DOMAIN.query("companies", permissions=_READ)
def companies(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of companies: deleted and live ones alike, unless the filter tells."""
    where, values = listed_by(filters or {}, "companyIds")
    return connection(
        context.store, "companies", "companies", where, values, Order("id"), page, as_company
    )


@DOMAIN.query("searchCompanies", permissions=_READ)
def search_companies(
    context: Context, searchQuery: Any, filters: Any = None, **page: Any
) -> Object:
    """Companies by a part of the name or of the domain."""
    term = SearchTerm(searchQuery["term"])
    where, values = listed_by(filters or {}, "companyIds")
    where.append(f"({term.within('name')} OR {term.within('domain')})")
    values += [term.pattern, term.pattern]
    return searched(context, "companies", where, values, page, "company", as_company)


@DOMAIN.mutation("upsertCompany", permissions=("company:create", "company:edit"))
def upsert_company(context: Context, input: dict[str, Any]) -> Object:
    """Create or update; the same again changes nothing."""
    refuse([*blank("name", input["name"]), *blank("domainName", input["domainName"])])
    row = _identified(context, input["identifier"], "identifier")
    if row is None and input["identifier"].get("companyId") is not None:
        raise not_found("identifier.companyId", "The company does not exist.")
    domain = _bare_domain(input["domainName"])
    if domain in _PUBLIC:
        raise MutationRefused("domain_cannot_be_public", f"{domain} is a public mail domain.")
    wanted: dict[str, Any] = {"name": input["name"], "domain": domain}
    if input.get("contractValue") is not None:
        wanted["contract_value"] = input["contractValue"]
    if (owner := input.get("accountOwnerUserId")) is not None:
        wanted["account_owner_id"] = existing(
            context, "users", owner, "accountOwnerUserId", "user"
        )["id"]
    other = _by_domain(context.store, domain)
    if other is not None and other["id"] != (row and row["id"]):
        raise invalid("domainName", "Another company has this domain.")
    if row is None:
        company_id = context.ids.new("co")
        context.store.insert("companies", {"id": company_id, **wanted, **stamped(context)})
        return {"result": "CREATED", "company": load_company(context, company_id)}
    changed = changes(row, wanted)
    if row["deleted_at"] is not None:
        changed |= {"deleted_at": None, "deleted_by": None}
    if not changed:
        return {"result": "NOOP", "company": as_company(row)}
    context.store.update("companies", row["id"], {**changed, **touched(context)})
    return {"result": "UPDATED", "company": load_company(context, row["id"])}


@DOMAIN.mutation("deleteCompany", permissions=("company:delete",))
def delete_company(context: Context, input: dict[str, Any]) -> Object:
    """Mark as deleted: lists still have it, customers do not."""
    row = _identified(context, input["companyIdentifier"], "companyIdentifier")
    if row is None:
        raise not_found("companyIdentifier", "The company does not exist.")
    gone = touched(context)
    gone |= {"deleted_at": gone["updated_at"], "deleted_by": gone["updated_by"]}
    context.store.update("companies", row["id"], gone)
    return {"company": load_company(context, row["id"])}


def company_named(context: Context, identifier: Mapping[str, Any], path: str) -> str:
    """The id of the company that an input names; of one by its domain, it is made if need be."""
    row = _identified(context, identifier, path)
    if row is not None:
        return str(row["id"])
    if identifier.get("companyId") is not None:
        raise not_found(f"{path}.companyId", "The company does not exist.")
    domain = _bare_domain(identifier["companyDomainName"])
    if domain in _PUBLIC:
        raise MutationRefused("domain_cannot_be_public", f"{domain} is a public mail domain.")
    return _inferred(context.store, context.ids, domain, context.now())


def company_domain(email_key: str) -> str | None:
    """The domain of the company that an address belongs to; None for public mail domains."""
    domain = email_key.rpartition("@")[2]
    return domain if "." in domain and domain not in _PUBLIC else None


def infer_company(store: Store, ids: IdFactory, email_key: str, now: str) -> None:
    """Make sure that the company of an address exists."""
    domain = company_domain(email_key)
    if domain is not None and _by_domain(store, domain) is None:
        _inferred(store, ids, domain, now)


def _inferred(store: Store, ids: IdFactory, domain: str, now: str) -> str:
    company_id = ids.new("co")
    inferred = {"id": company_id, "domain": domain, "name": domain, "created_at": now}
    store.insert("companies", inferred)
    return company_id


def infer_companies(store: Store, ids: IdFactory) -> None:
    """The companies of customers that an earlier sandbox kept without them."""
    rows = store.rows(
        f"SELECT min(email_key) AS email_key, min(created_at) AS first FROM customers "
        f"WHERE {_DOMAIN_OF_CUSTOMER} NOT IN (SELECT domain FROM companies) "
        f"GROUP BY {_DOMAIN_OF_CUSTOMER}"
    )
    for row in rows:
        infer_company(store, ids, row["email_key"], row["first"])


def company_of(context: Context, customer: Row) -> Object | None:
    """A customer's company: the one that was chosen, or the one of the email address."""
    if customer["company_chosen"]:
        row = context.store.by("companies", "id", customer["company_id"])
    else:
        domain = company_domain(customer["email_key"])
        row = None if domain is None else _by_domain(context.store, domain)
    return None if row is None or row["deleted_at"] is not None else as_company(row)


def company_filter(identifiers: Sequence[Mapping[str, Any]]) -> tuple[str, list[object]]:
    """A condition on customers: of at least one of these companies."""
    parts: list[str] = []
    values: list[object] = []
    for member, column in (("companyId", "id"), ("companyDomainName", "domain")):
        wanted = [i[member] for i in identifiers if i.get(member) is not None]
        if column == "domain":
            wanted = [_bare_domain(text) for text in wanted]
        if wanted:
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json_list(wanted))
    of_these = f"FROM companies WHERE deleted_at IS NULL AND ({' OR '.join(parts) or '0'})"
    condition = (
        f"(CASE WHEN company_chosen THEN company_id IN (SELECT id {of_these}) "
        f"ELSE {_DOMAIN_OF_CUSTOMER} IN (SELECT domain {of_these}) END)"
    )
    return condition, [*values, *values]


def _identified(context: Context, identifier: Mapping[str, Any], path: str) -> Row | None:
    member, value = only_one(identifier, ("companyId", "companyDomainName"), path)
    if member == "companyId":
        return context.store.by("companies", "id", value)
    return _by_domain(context.store, _bare_domain(value))


def _bare_domain(text: str) -> str:
    """A domain, also where a whole address of a page is given, as Plain accepts it."""
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        host = None
    return (host or text).casefold()


def _by_domain(store: Store, domain: str) -> Row | None:
    return store.by("companies", "domain", domain)


def as_company(row: Row) -> Object:
    """A company as the API shows it."""
    company_id, owner_id = row["id"], row["account_owner_id"]

    def tier(context: Context) -> Object | None:
        return context.find("TierOfCompany", company_id)

    def account_owner(context: Context) -> Object | None:
        return context.find("User", owner_id)

    return {
        "id": company_id,
        "name": row["name"],
        "domainName": row["domain"],
        "tier": tier,
        "contractValue": row["contract_value"],
        "accountOwner": account_owner,
        "isDeleted": row["deleted_at"] is not None,
        "deletedAt": moment(row, "deleted_at"),
        "deletedBy": actor(row["deleted_by"]),
        **made(row),
    }
