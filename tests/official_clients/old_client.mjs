// Every method of @team-plain/typescript-sdk, against the address that is given. Prints what
// each call gave, in the order of the calls, as JSON: [[method, result], ...].
import { PlainClient, uiComponent } from "@team-plain/typescript-sdk";

const [apiUrl, fewRights] = process.argv.slice(2);
const told = [];

function recorded(client, suffix = "") {
  return new Proxy(client, {
    get: (target, method) => async (input) => {
      const result = await target[method](input);
      // What an error holds of JavaScript's own is no JSON.
      told.push([`${method}${suffix}`, result]);
      return result.data;
    },
  });
}

const real = new PlainClient({ apiKey: "plainApiKey_every", apiUrl });
const plain = recorded(real);
const email = "ada@example.com";

// Customers, groups and tenants.
const { customer } = await plain.upsertCustomer({
  identifier: { emailAddress: email },
  onCreate: {
    externalId: "ada",
    fullName: "Ada Lovelace",
    email: { email, isVerified: true },
  },
  onUpdate: {},
});
const customerId = customer.id;
await plain.getCustomers({ first: 10 });
await plain.getCustomerById({ customerId });
await plain.getCustomerByEmail({ email });
await plain.getCustomerByExternalId({ externalId: "ada" });
const { customerGroups } = await plain.getCustomerGroups({ first: 10 });
await plain.getCustomerGroupById({ customerGroupId: customerGroups[0].id });
const group = { customerGroupKey: customerGroups[0].key };
await plain.addCustomerToCustomerGroups({ customerId, customerGroupIdentifiers: [group] });
await plain.getCustomerCustomerGroupMemberships({ customerId });
await plain.removeCustomerFromCustomerGroups({ customerId, customerGroupIdentifiers: [group] });
const acme = { externalId: "acme" };
const tenant = await plain.upsertTenant({ identifier: acme, name: "Acme", externalId: "acme" });
await plain.getTenantById({ tenantId: tenant.id });
await plain.getTenants({ first: 10 });
await plain.searchTenants({ searchQuery: { term: "acm" }, first: 10 });
await plain.addCustomerToTenants({
  customerIdentifier: { customerId },
  tenantIdentifiers: [acme],
});
await plain.setCustomerTenants({
  customerIdentifier: { customerId },
  tenantIdentifiers: [{ tenantId: tenant.id }],
});
await plain.getCustomerTenantMemberships({ customerId });

// Companies and tiers.
const company = await plain.upsertCompany({
  identifier: { companyDomainName: "acme.test" },
  name: "Acme Inc.",
  domainName: "acme.test",
});
await plain.getCompanies({ first: 10 });
await plain.searchCompanies({ searchQuery: { term: "Acme" }, first: 10 });
await plain.updateCustomerCompany({
  customerId,
  companyIdentifier: { companyId: company.id },
});
const { tiers } = await plain.getTiers({ first: 10 });
const tier = { tierId: tiers[0].id };
await plain.getTierById(tier);
await plain.addMembersToTier({
  tierIdentifier: tier,
  memberIdentifiers: [{ tenantId: tenant.id }, { companyId: company.id }],
});
await plain.removeMembersFromTier({ memberIdentifiers: [{ companyId: company.id }] });
await plain.updateTenantTier({ tierIdentifier: tier, tenantIdentifier: acme });
await plain.updateCompanyTier({
  tierIdentifier: tier,
  companyIdentifier: { companyId: company.id },
});

// Users, the workspace.
await plain.getMyWorkspace();
const user = await plain.getUserByEmail({ email: "ann@example.com" });
await plain.userByEmail({ email: "nobody@example.com" });
await plain.getUserById({ id: user.id });

// Threads.
const labelType = await plain.createLabelType({ name: "Bug" });
await plain.getLabelType({ labelTypeId: labelType.id });
const thread = await plain.createThread({
  title: "The engine stops",
  externalId: "t-1",
  customerIdentifier: { emailAddress: email },
  components: [
    uiComponent.text({ text: "It stops at noon." }),
    uiComponent.divider({ spacingSize: "M" }),
    uiComponent.row({
      mainContent: [uiComponent.plainText({ text: "Engine" })],
      asideContent: [uiComponent.badge({ label: "No. 2", color: "RED" })],
    }),
  ],
});
const threadId = thread.id;
await plain.getThread({ threadId });
await plain.getThreadByRef({ ref: thread.ref });
await plain.getThreadByExternalId({ customerId, externalId: "t-1" });
await plain.getThreads({ filters: { customerIds: [customerId] } });
const labels = await plain.addLabels({ threadId, labelTypeIds: [labelType.id] });
await plain.getLabelTypes({ first: 10 });
await plain.removeLabels({ labelIds: labels.map((label) => label.id) });
await plain.archiveLabelType({ labelTypeId: labelType.id });
await plain.assignThread({ threadId, userId: user.id });
await plain.unassignThread({ threadId });
await plain.changeThreadPriority({ threadId, priority: 1 });
await plain.updateThreadTenant({ threadId, tenantIdentifier: acme });
await plain.snoozeThread({ threadId, durationSeconds: 3600 });
await plain.markThreadAsTodo({ threadId });
await plain.markThreadAsDone({ threadId });
await real.rawRequest({
  query: `mutation ($input: CreateThreadFieldSchemaInput!) {
    createThreadFieldSchema(input: $input) { threadFieldSchema { id } error { message } }
  }`,
  variables: {
    input: {
      label: "Product", key: "product", description: "", type: "STRING", isRequired: false,
      enumValues: [], order: 1, isAiAutoFillEnabled: false,
    },
  },
});
const field = await plain.upsertThreadField({
  identifier: { threadId, key: "product" },
  type: "STRING",
  stringValue: "Engine",
});
await plain.deleteThreadField({ identifier: { threadId, key: field.key } });

// What is written, and what happens.
await plain.createNote({ customerId, threadId, text: "Look at the valve." });
const components = [uiComponent.text({ text: "Order 7" })];
await plain.createCustomerEvent({
  customerIdentifier: { customerId }, title: "Ordered", externalId: "e-1", components,
});
await plain.createThreadEvent({ threadId, title: "Shipped", externalId: "e-2", components });
await plain.sendCustomerChat({ customerId, threadId, text: "It stopped again." });
await plain.sendChat({ customerId, threadId, text: "We are looking." });
await plain.replyToThread({ threadId, textContent: "Found it.", markdownContent: "**Found** it." });
const mail = await plain.sendNewEmail({ customerId, subject: "Valve", textContent: "Here." });
await plain.replyToEmail({ customerId, inReplyToEmailId: mail.id, textContent: "And there." });
await plain.createAttachmentUploadUrl({
  customerId, fileName: "valve.txt", fileSizeBytes: 5, attachmentType: "EMAIL",
});

// Settings.
const card = await plain.createCustomerCardConfig({
  title: "Orders", key: "orders", defaultTimeToLiveSeconds: 60,
  apiUrl: "https://example.com/cards", apiHeaders: [{ name: "X-Token", value: "t" }],
});
await plain.updateCustomerCardConfig({
  customerCardConfigId: card.id, title: { value: "All orders" },
});
await plain.deleteCustomerCardConfig({ customerCardConfigId: card.id });
const target = await plain.createWebhookTarget({
  url: "https://example.com/hooks", isEnabled: false, description: "hooks",
  eventSubscriptions: [{ eventType: "thread.thread_created" }],
});
const webhookTargetId = target.id;
await plain.updateWebhookTarget({ webhookTargetId, description: { value: "our hooks" } });
await plain.getWebhookTargets({ first: 10 });
await plain.getWebhookTargetById({ id: webhookTargetId });
await plain.deleteWebhookTarget({ webhookTargetId });
const source = await plain.createKnowledgeSource({ url: "https://example.com/docs", type: "URL" });
await plain.indexDocument({ url: "https://example.com/docs/a", knowledgeSourceId: source.id });
await plain.rawRequest({ query: "query { myWorkspace { id } }", variables: {} });
await plain.removeCustomerFromTenants({
  customerIdentifier: { customerId }, tenantIdentifiers: [acme],
});
await plain.deleteCustomer({ customerId });

// What goes wrong.
const wrong = (how) => recorded(real, `: ${how}`);
await wrong("nobody").getCustomerById({ customerId: "c_01GHC4A88A9D49Q30AAWR3BN7P" });
await wrong("no address").upsertCustomer({
  identifier: { emailAddress: "nowhere" },
  onCreate: { fullName: "N", email: { email: "nowhere", isVerified: false } },
  onUpdate: {},
});
await wrong("not of the schema").upsertCustomer({ identifier: {}, onCreate: {}, onUpdate: {} });
await wrong("no GraphQL").rawRequest({ query: "query {", variables: {} });
const weak = new PlainClient({ apiKey: fewRights, apiUrl });
await recorded(weak, ": no right").getCustomers({ first: 1 });
await recorded(weak, ": no right").deleteCustomer({ customerId });
const unknown = new PlainClient({ apiKey: "plainApiKey_unknown", apiUrl });
await recorded(unknown, ": no key").getMyWorkspace();

const methods = Object.getOwnPropertyNames(PlainClient.prototype);
console.log(JSON.stringify({ methods, told }));
