// The calls of @team-plain/graphql's README, and what goes wrong, against the address that is
// given. Prints what each gave as JSON: {name: value}.
import { PlainClient, UserActorModel } from "@team-plain/graphql";
import { uiComponent } from "@team-plain/ui-components";

const [apiUrl, fewRights] = process.argv.slice(2);
const told = {};
const client = new PlainClient({ apiKey: "plainApiKey_every", apiUrl });

async function thrown(call) {
  try {
    return { value: await call() };
  } catch (error) {
    return { thrown: error.constructor.name, message: error.message };
  }
}

const upserted = await client.mutation.upsertCustomer({
  input: {
    identifier: { emailAddress: "alice@example.com" },
    onCreate: {
      fullName: "Alice",
      email: { email: "alice@example.com", isVerified: false },
    },
    onUpdate: {},
  },
});
const customerId = upserted.customer.id;
told.upserted = {
  result: upserted.result, error: upserted.error ?? null, name: upserted.customer.fullName,
};

const customer = await client.query.customer({ customerId });
told.customer = customer.fullName;
told.company = (await customer.company)?.name ?? null;
told.identities = (customer.identities ?? []).map((one) => [one.__typename, one.email]);

const refused = await client.mutation.upsertCustomer({
  input: {
    identifier: { emailAddress: "nowhere" },
    onCreate: { fullName: "N", email: { email: "nowhere", isVerified: false } },
    onUpdate: {},
  },
});
told.refused = {
  type: refused.error.type,
  code: refused.error.code,
  fields: refused.error.fields.map((one) => [one.field, one.type]),
};

for (const name of ["Bob", "Carol"]) {
  const email = `${name.toLowerCase()}@example.com`;
  await client.mutation.upsertCustomer({
    input: {
      identifier: { emailAddress: email },
      onCreate: { fullName: name, email: { email, isVerified: true } },
      onUpdate: {},
    },
  });
}
const page = await client.query.customers({ first: 2 });
const next = await page.fetchNext();
told.pages = [page, next].map((one) => one.nodes.map((node) => node.fullName).sort());

const begun = await client.mutation.createThread({
  input: {
    title: "Help",
    customerIdentifier: { customerId },
    components: [
      uiComponent.text({ text: "Hello" }),
      uiComponent.badge({ label: "New" }),
      uiComponent.dateTime({ dateTimeIso8601: "2026-05-11T10:00:00Z" }),
      uiComponent.container({ content: [uiComponent.spacer({ size: "S" })] }),
    ],
  },
});
told.begun = begun.error ?? begun.thread.title;
const threadId = begun.thread.id;
const user = await client.query.userByEmail({ email: "ann@example.com" });
await client.mutation.assignThread({ input: { threadId, userId: user.id } });
await client.mutation.snoozeThread({
  input: { threadId, durationSeconds: 3600, statusDetail: "WAITING_FOR_DURATION" },
});
const thread = await client.query.thread({ threadId });
told.thread = {
  createdBy: thread.createdBy.__typename,
  isUser: thread.createdBy instanceof UserActorModel,
  statusDetail: thread.statusDetail?.__typename,
  until: typeof thread.statusDetail?.waitingUntil?.iso8601,
  customer: (await thread.customer)?.fullName,
};

told.nobody = await thrown(() =>
  client.query.customer({ customerId: "c_01GHC4A88A9D49Q30AAWR3BN7P" }));
told.badInput = await thrown(() =>
  client.mutation.upsertCustomer({ input: { identifier: {} } }));
const weak = new PlainClient({ apiKey: fewRights, apiUrl });
told.noRight = await thrown(() => weak.query.customers({ first: 1 }));
told.noKey = await thrown(() =>
  new PlainClient({ apiKey: "plainApiKey_unknown", apiUrl }).query.customers({ first: 1 }));

console.log(JSON.stringify(told));
