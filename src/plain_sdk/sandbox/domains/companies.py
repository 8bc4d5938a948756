"""Companies, which Plain infers from the domain of a customer's email address."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .._context import Context
from .._domain import Domain
from .._ids import IdFactory
from .._members import Object
from .._store import Row, Store, json_list
from .workspace import made_by, system_actor

DOMAIN = Domain(
    tables=(
        """CREATE TABLE IF NOT EXISTS companies (
            id TEXT PRIMARY KEY, domain TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            created_at TEXT NOT NULL)""",
        # What the companies of customers are looked up by.
        """CREATE INDEX IF NOT EXISTS customers_by_domain
            ON customers (substr(email_key, instr(email_key, '@') + 1))""",
    )
)

_DOMAIN_OF_CUSTOMER = "substr(email_key, instr(email_key, '@') + 1)"

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


def company_domain(email_key: str) -> str | None:
    """The domain of the company that an address belongs to; None for public mail domains."""
    domain = email_key.rpartition("@")[2]
    return domain if "." in domain and domain not in _PUBLIC else None


def infer_company(store: Store, ids: IdFactory, email_key: str, now: str) -> None:
    """Make sure that the company of an address exists."""
    domain = company_domain(email_key)
    if domain is not None and _by_domain(store, domain) is None:
        company = {"id": ids.new("co"), "domain": domain, "name": domain, "created_at": now}
        store.insert("companies", company)


def infer_companies(store: Store, ids: IdFactory) -> None:
    """The companies of customers that an earlier sandbox kept without them."""
    rows = store.rows(
        f"SELECT min(email_key) AS email_key, min(created_at) AS first FROM customers "
        f"WHERE {_DOMAIN_OF_CUSTOMER} NOT IN (SELECT domain FROM companies) "
        f"GROUP BY {_DOMAIN_OF_CUSTOMER}"
    )
    for row in rows:
        infer_company(store, ids, row["email_key"], row["first"])


def company_of(context: Context, email_key: str) -> Object | None:
    """The company of an address."""
    domain = company_domain(email_key)
    row = None if domain is None else _by_domain(context.store, domain)
    if row is None:
        return None
    return {
        "id": row["id"],
        "name": row["name"],
        "domainName": row["domain"],
        "isDeleted": False,
        **made_by(system_actor, row["created_at"]),
    }


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
    condition = (
        f"{_DOMAIN_OF_CUSTOMER} IN (SELECT domain FROM companies WHERE {' OR '.join(parts) or '0'})"
    )
    return condition, values


def _bare_domain(text: str) -> str:
    """A domain, also where a whole address of a page is given, as Plain accepts it."""
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        host = None
    return (host or text).casefold()


def _by_domain(store: Store, domain: str) -> Row | None:
    return store.row("SELECT * FROM companies WHERE domain = ?", [domain])
