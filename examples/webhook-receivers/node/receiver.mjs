// Hears of decisions: proves who sends them, and works through each event once.

import { mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import express from "express";
import { Webhook } from "standardwebhooks";

const secrets = (process.env.WEBHOOK_SECRET ?? "").split(/[\s,]+/).filter(Boolean);
const seen = process.env.SEEN ?? "seen";

// The message's content, or null where no secret proves it. Several count while one is being rotated.
function proven(body, headers) {
  for (const secret of secrets) {
    try {
      return new Webhook(secret).verify(body, headers);
    } catch {
      continue;
    }
  }
  return null;
}

// Call `work` unless the id is known. A failure forgets the id, so that the desk's next try counts.
async function once(id, work) {
  const file = path.join(seen, Buffer.from(id).toString("base64url"));
  let claim;
  try {
    claim = await open(file, "wx");
  } catch (error) {
    if (error.code === "EEXIST") return;
    throw error;
  }
  try {
    await work();
    await claim.sync();
  } catch (error) {
    await rm(file);
    throw error;
  } finally {
    await claim.close();
  }
}

// What your program does about a decision.
async function work(event) {
  const approved = event.status === "approved" && (event.outcome ?? "approved") === "approved";
  if (approved) console.log(`${event.request_id}: approved, refunding ${event.payload.amount}`);
  else console.log(`${event.request_id}: ${event.outcome ?? event.status} (${event.decision_note})`);
}

const app = express();

app.post("/webhook", express.raw({ type: () => true, limit: "1mb" }), async (request, response) => {
  const event = Buffer.isBuffer(request.body) ? proven(request.body, request.headers) : null;
  if (event === null) return response.status(401).end();
  await once(request.headers["webhook-id"], () => work(event));
  return response.status(204).end();
});

if (secrets.length === 0) {
  console.error("set WEBHOOK_SECRET to the whsec_… of the key or endpoint");
  process.exit(2);
}
await mkdir(seen, { recursive: true });
const server = app.listen(Number(process.env.PORT ?? 9000), "127.0.0.1", () => {
  console.log(`listening on port ${server.address().port}`);
});
