import { z } from 'zod'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import { seal, unseal } from '@/lib/crypto/seal'
import { db } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'

/** How long a pushed request waits for its browser, in seconds. */
export const pushedSeconds = 60

/** Where references of ours are told from request objects somewhere else (RFC 9126 §2.2). */
const prefix = 'urn:ietf:params:oauth:request_uri:'

/** Whether a `request_uri` looks like one given by us. */
export function isPushedReference(requestUri: string): boolean {
  return requestUri.startsWith(prefix)
}

/** Keeps the parameters of a pushed request for 60 s. @returns its reference, 256 random bits that are stored nowhere */
export async function keepPushedRequest(
  appId: string,
  parameters: ReadonlyMap<string, string>,
  now: Date,
): Promise<string> {
  const reference = `${prefix}${randomToken()}`
  const digest = sha256(reference)
  await db().pushedRequest.create({
    data: {
      digest,
      appId,
      sealed: seal(JSON.stringify([...parameters]), sealContext(appId)),
      createdAt: now,
      expiresAt: addSeconds(now, pushedSeconds),
    },
  })
  return reference
}

const storedParameters = z.array(z.tuple([z.string(), z.string()]))

/**
 * Takes the request of a reference, once: one statement deletes and returns it, for its own app alone. Undefined when it
 * was taken, has expired, is another app's, or never was.
 */
export async function takePushedRequest(
  reference: string,
  appId: string,
  now: Date,
): Promise<ReadonlyMap<string, string> | undefined> {
  const [row] = await db().$queryRaw<{ sealed: Uint8Array }[]>`
    DELETE FROM pushed_request WHERE digest = ${sha256(reference)} AND app_id = ${appId} AND expires_at > ${now}
    RETURNING sealed`
  const opened = row && unseal(row.sealed, sealContext(appId))
  return opened === undefined ? undefined : new Map(storedParameters.parse(JSON.parse(opened)))
}

function sealContext(appId: string): string {
  return `pushed-request:${appId}`
}
