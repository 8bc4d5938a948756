"""Knowledge sources and indexed documents. Nothing is fetched: an address counts as indexed."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import date_time
from .._members import Object
from .._paging import Order, check_page, connection
from .._refusals import BadField
from .._store import Row, Table
from .actors import MADE, actor, made, stamped, touched
from .help_centers import as_article
from .inputs import existing, refuse
from .searching import SearchTerm

DOMAIN = Domain(
    tables=(
        Table(
            "knowledge_sources",
            {
                "id": "TEXT PRIMARY KEY",
                "type": "TEXT NOT NULL",
                "url": "TEXT NOT NULL",
                "label_types": "TEXT NOT NULL",
                **MADE,
            },
        ),
        Table(
            "indexed_documents",
            {
                "id": "TEXT PRIMARY KEY",
                "source_id": "TEXT NOT NULL REFERENCES knowledge_sources (id) ON DELETE CASCADE",
                "url": "TEXT NOT NULL",
                "label_types": "TEXT NOT NULL",
                **MADE,
            },
            indexes=("source_id",),
        ),
    )
)

_READ = ("knowledgeSource:read",)


@DOMAIN.query("knowledgeSource", permissions=_READ)
def knowledge_source(context: Context, knowledgeSourceId: str) -> Object | None:
    """The source with Plain's id."""
    row = context.store.by("knowledge_sources", "id", knowledgeSourceId)
    return None if row is None else _as_source(row)


@DOMAIN.query("knowledgeSources", permissions=_READ)
def knowledge_sources(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of sources."""
    wanted = (filters or {}).get("type")
    where, values = ([], []) if wanted is None else (["type = ?"], [wanted])
    return connection(
        context.store, "knowledge sources", "knowledge_sources", where, values, Order("id"),
        page, _as_source,
    )  # fmt: skip


@DOMAIN.query("indexedDocuments", permissions=("indexedDocument:read",))
def indexed_documents(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of indexed documents."""
    wanted = (filters or {}).get("knowledgeSourceId")
    where, values = ([], []) if wanted is None else (["source_id = ?"], [wanted])
    return connection(
        context.store, "indexed documents", "indexed_documents", where, values, Order("id"),
        page, _as_document,
    )  # fmt: skip


@DOMAIN.query("searchKnowledgeSources", permissions=_READ)
def search_knowledge_sources(
    context: Context, searchQuery: str, pageSize: int | None = None, options: Any = None
) -> list[Object]:
    """Articles with the words in title or text, and documents with them in the address."""
    size = check_page({"first": pageSize}).size
    term, options = SearchTerm(searchQuery, least=1), options or {}
    types, found = options.get("types"), []
    if types is None or "HELP_CENTER_ARTICLE" in types:
        status = "1" if options.get("includeNonCustomerFacing") else "status = 'PUBLISHED'"
        rows = context.store.rows(
            f"SELECT * FROM articles WHERE {status} AND ({term.within('title')} "
            f"OR {term.within('content')}) ORDER BY id LIMIT ?",
            [term.pattern, term.pattern, size],
        )
        found += [_article_result(row) for row in rows]
    if types is None or "INDEXED_DOCUMENT" in types:
        rows = context.store.rows(
            f"SELECT * FROM indexed_documents WHERE {term.within('url')} ORDER BY id LIMIT ?",
            [term.pattern, size],
        )
        labels = options.get("labelTypeIds")
        found += [
            _document_result(row)
            for row in rows
            if labels is None or {*labels} & {*json.loads(row["label_types"])}
        ]
    return found[:size]


@DOMAIN.mutation("createKnowledgeSource", permissions=("knowledgeSource:create",))
def create_knowledge_source(context: Context, input: dict[str, Any]) -> Object:
    """A new source; of a single address, its document too."""
    labels = _label_types(context, input)
    refuse(_bad_url(input["url"]))
    source_id, stamps = context.ids.new("ks"), stamped(context)
    kept = {"url": input["url"], "label_types": labels}
    source = {"id": source_id, "type": input["type"], **kept}
    context.store.insert("knowledge_sources", {**source, **stamps})
    if input["type"] == "URL":
        document = {"id": context.ids.new("idoc"), "source_id": source_id, **kept}
        context.store.insert("indexed_documents", {**document, **stamps})
    return {"knowledgeSource": knowledge_source(context, source_id)}


@DOMAIN.mutation("reindexKnowledgeSource", permissions=("knowledgeSource:edit",))
def reindex_knowledge_source(context: Context, input: dict[str, Any]) -> Object:
    """Index a source again."""
    row = _existing(context, input)
    context.store.update("knowledge_sources", row["id"], touched(context))
    return {"knowledgeSource": knowledge_source(context, row["id"])}


@DOMAIN.mutation("deleteKnowledgeSource", permissions=("knowledgeSource:delete",))
def delete_knowledge_source(context: Context, input: dict[str, Any]) -> Object:
    """Delete a source, with its documents."""
    row = _existing(context, input)
    context.store.write("DELETE FROM knowledge_sources WHERE id = ?", [row["id"]])
    return {}


@DOMAIN.mutation("createIndexedDocument", permissions=("indexedDocument:create",))
def create_indexed_document(context: Context, input: dict[str, Any]) -> Object:
    """A new document of a source."""
    source, labels = _existing(context, input), _label_types(context, input)
    refuse(_bad_url(input["url"]))
    document_id = context.ids.new("idoc")
    kept = {"source_id": source["id"], "url": input["url"], "label_types": labels}
    context.store.insert("indexed_documents", {"id": document_id, **kept, **stamped(context)})
    row = context.store.by("indexed_documents", "id", document_id)
    assert row is not None
    return {"indexedDocument": _as_document(row)}


def _existing(context: Context, input: Mapping[str, Any]) -> Row:
    path = "knowledgeSourceId"
    return existing(context, "knowledge_sources", input[path], path, "knowledge source")


def _label_types(context: Context, input: Mapping[str, Any]) -> str:
    ids: Sequence[str] = input.get("labelTypeIds") or ()
    for index, label_type_id in enumerate(ids):
        existing(context, "label_types", label_type_id, f"labelTypeIds.{index}", "label type")
    return json.dumps(list(ids))


def _bad_url(url: str) -> list[BadField]:
    if re.fullmatch(r"https?://[^\s/]+\S*", url.strip()):
        return []
    return [BadField("url", "Must be a valid URL.", "VALIDATION")]


def _labels_of(row: Row) -> Any:
    ids = json.loads(row["label_types"])

    def label_types(context: Context) -> list[Object]:
        found = (context.find("LabelType", label_type_id) for label_type_id in ids)
        return [label_type for label_type in found if label_type is not None]

    return label_types


def _as_source(row: Row) -> Object:
    kind = "Url" if row["type"] == "URL" else "Sitemap"
    return {
        "__typename": f"KnowledgeSource{kind}",
        "id": row["id"],
        "type": row["type"],
        "url": row["url"],
        "labelTypes": _labels_of(row),
        "status": _indexed("IndexingStatusIndexed", row),
        **made(row),
    }


def _as_document(row: Row) -> Object:
    return {
        "id": row["id"],
        "url": row["url"],
        "labelTypes": _labels_of(row),
        "status": _indexed("IndexedDocumentStatusIndexed", row),
        **made(row),
    }


def _indexed(kind: str, row: Row) -> Object:
    at, by = date_time(row["updated_at"]), actor(row["updated_by"])
    return {"__typename": kind, "indexedAt": at, "indexedBy": by}


def _article_result(row: Row) -> Object:
    article = as_article(row)
    return {
        "__typename": "HelpCenterArticleSearchResult",
        "content": re.sub(r"<[^>]*>", "", row["content"]),
        "helpCenterArticle": article,
        "helpCenter": article["helpCenter"],
    }


def _document_result(row: Row) -> Object:
    return {
        "__typename": "IndexedDocumentSearchResult",
        "content": row["url"],
        "indexedDocument": _as_document(row),
    }
