// Third-party verifiers of Standard Webhooks and CloudEvents, and node's own ed25519, over JSON on standard input.
import crypto from "node:crypto";
import { text } from "node:stream/consumers";
import { HTTP } from "cloudevents";
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

const { cases, publicKey } = JSON.parse(await text(process.stdin));

function accepts(Kind, secret, body, headers) {
  try {
    new Kind(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

// A raw ed25519 key wears this prefix as SubjectPublicKeyInfo.
const prefix = Buffer.from("302a300506032b6570032100", "hex");
const raw = Buffer.from(publicKey.replace("whpk_", ""), "base64");
const key = crypto.createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });

function signedBy(body, headers) {
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  const items = (headers["webhook-signature"] ?? "").split(" ").map((item) => item.split(","));
  return items.some(([version, given]) => version === "v1a" && crypto.verify(null, signed, key, Buffer.from(given, "base64")));
}

const found = cases.map(({ name, secret, headers, body }) => ({
  name,
  standardwebhooks: accepts(Standard, secret, body, headers),
  svix: accepts(Svix, secret, body, headers),
  ed25519: signedBy(body, headers),
}));
const whole = cases.find(({ name }) => name === "unchanged");
const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body: whole.body });
console.log(JSON.stringify({ found, event: { id: event.id, type: event.type, subject: event.subject, valid: event.validate() } }));
