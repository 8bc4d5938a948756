"""What the page asks the API for."""

from typing import Final

PER_PAGE: Final = 50

_ACTOR: Final = """
fragment Who on Actor {
  __typename
  ... on UserActor { user { fullName } }
  ... on CustomerActor { customer { id fullName } }
  ... on MachineUserActor { machineUser { fullName } }
}
"""
_ASSIGNEE: Final = """
fragment Assignee on ThreadAssignee {
  __typename
  ... on User { fullName }
  ... on MachineUser { fullName }
}
"""
_THREAD: Final = """
fragment Row on Thread {
  id ref title status priority previewText
  updatedAt { iso8601 }
  customer { id fullName }
  labels { labelType { name color } }
  assignedTo { ...Assignee }
}
"""
_PARTS: Final = """
  __typename
  ... on ComponentText { text textSize textColor }
  ... on ComponentPlainText { plainText plainTextSize plainTextColor }
  ... on ComponentSpacer { spacerSize }
  ... on ComponentDivider { dividerSpacingSize }
  ... on ComponentLinkButton { linkButtonUrl linkButtonLabel }
  ... on ComponentWorkflowButton { workflowButtonLabel }
  ... on ComponentBadge { badgeLabel badgeColor }
  ... on ComponentCopyButton { copyButtonValue copyButtonTooltipLabel }
  ... on ComponentDateTime { dateTimeIso8601 { iso8601 } }
  ... on ComponentUser { user { fullName } }
"""
_COMPONENTS: Final = f"""
fragment InRow on ComponentRowContent {{ {_PARTS} }}
fragment InContainer on ComponentContainerContent {{
  {_PARTS}
  ... on ComponentRow {{ rowMainContent {{ ...InRow }} rowAsideContent {{ ...InRow }} }}
}}
fragment Shown on CustomTimelineEntryComponent {{
  {_PARTS}
  ... on ComponentRow {{ rowMainContent {{ ...InRow }} rowAsideContent {{ ...InRow }} }}
  ... on ComponentContainer {{ containerContent {{ ...InContainer }} }}
}}
fragment ShownInEvent on EventComponent {{
  {_PARTS}
  ... on ComponentRow {{ rowMainContent {{ ...InRow }} rowAsideContent {{ ...InRow }} }}
}}
"""
_ENTRY: Final = (
    """
fragment File on Attachment { fileName fileMimeType fileSize { bytes } }
fragment Shape on TimelineEntry {
  id
  timestamp { iso8601 }
  actor { ...Who }
  entry {
    __typename
    ... on ChatEntry { chatText: text attachments { ...File } }
    ... on NoteEntry { noteText: text attachments { ...File } }
    ... on EmailEntry {
      subject textContent
      from { name email }
      to { name email }
      attachments { ...File }
    }
    ... on CustomEntry { title custom: components { ...Shown } attachments { ...File } }
    ... on ThreadEventEntry { title components { ...ShownInEvent } }
    ... on CustomerEventEntry { title components { ...ShownInEvent } }
    ... on ThreadStatusTransitionedEntry {
      previousStatus nextStatus nextStatusDetail { __typename }
    }
    ... on ThreadPriorityChangedEntry { previousPriority nextPriority }
    ... on ThreadAssignmentTransitionedEntry {
      previousAssignee { ...Assignee }
      nextAssignee { ...Assignee }
    }
    ... on ThreadLabelsChangedEntry {
      previousLabels { labelType { name } }
      nextLabels { labelType { name } }
    }
  }
}
"""
    + _ACTOR
    + _COMPONENTS
)

OVERVIEW: Final = (
    """
query Overview {
  customers(first: 5) { totalCount edges { node { id fullName email { email } } } }
  todo: threads(first: 5, filters: {statuses: [TODO]}) {
    totalCount edges { node { ...Row } }
  }
  all: threads(first: 1) { totalCount }
}
"""
    + _THREAD
    + _ASSIGNEE
)
CUSTOMERS: Final = """
query Customers($first: Int, $after: String, $before: String, $last: Int) {
  customers(first: $first, after: $after, before: $before, last: $last) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { node { ...Row } }
  }
}
fragment Row on Customer {
  id fullName externalId email { email isVerified } company { name } createdAt { iso8601 }
}
"""
FOUND: Final = """
query Found($is: StringSearchExpression!) {
  searchCustomers(
    first: 50
    searchQuery: {or: [{fullName: $is}, {email: $is}, {externalId: $is}]}
  ) {
    edges { node { ...Row } }
  }
}
fragment Row on Customer {
  id fullName externalId email { email isVerified } company { name } createdAt { iso8601 }
}
"""
CUSTOMER: Final = (
    """
query Customer($id: ID!) {
  customer(customerId: $id) {
    id fullName shortName externalId isAnonymous
    email { email isVerified }
    company { name domainName }
    createdAt { iso8601 }
    updatedAt { iso8601 }
    customerGroupMemberships(first: 50) { edges { node { customerGroup { name key color } } } }
    tenantMemberships(first: 50) { edges { node { tenant { name externalId } } } }
  }
  threads(first: 50, filters: {customerIds: [$id]}) { totalCount edges { node { ...Row } } }
  timelineEntries(customerId: $id, last: 100) { edges { node { ...Shape } } }
}
"""
    + _THREAD
    + _ASSIGNEE
    + _ENTRY
)
THREADS: Final = (
    """
query Threads(
  $filters: ThreadsFilter, $first: Int, $after: String, $before: String, $last: Int
) {
  threads(filters: $filters, first: $first, after: $after, before: $before, last: $last) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { node { ...Row } }
  }
}
"""
    + _THREAD
    + _ASSIGNEE
)
THREAD: Final = (
    """
query Thread($id: ID!) {
  thread(threadId: $id) {
    ...Row
    externalId channel description
    createdAt { iso8601 }
    createdBy { ...Who }
    statusDetail { __typename }
    tenant { name externalId }
    tier { name }
    customer { id fullName externalId email { email } company { name } }
    threadFields { key type stringValue booleanValue }
    timelineEntries(last: 100) { edges { node { ...Shape } } }
  }
}
"""
    + _THREAD
    + _ASSIGNEE
    + _ENTRY
)
TARGETS: Final = """
query Targets {
  webhookTargets(first: 100) {
    edges {
      node { id url description isEnabled version eventSubscriptions { eventType } }
    }
  }
}
"""
