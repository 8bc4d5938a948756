// Verifies webhooks with the old client. Reads [[body, signature, secret], ...] and prints what
// each is: the event's type, or the name of the error.
import { readFileSync } from "node:fs";
import { verifyPlainWebhook } from "@team-plain/typescript-sdk";

const told = JSON.parse(readFileSync(0, "utf8")).map(([body, signature, secret]) => {
  const { data, error } = verifyPlainWebhook(body, signature, secret);
  return error ? [error.constructor.name, error.message.slice(0, 400)] : [data.type, data.id];
});
console.log(JSON.stringify(told));
