import { rotateSecret } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { now } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { clients, type Side, scopes } from '@/test/differential/side'
import { startSmartWorld } from '@/test/smart-world'

/** Our own server with the apps of the corpus, and how to end it. */
export type Here = Side & { stop(): Promise<void> }

/** Starts it with a person whose chart is linked. */
export async function startHere(): Promise<Here> {
  const world = await startSmartWorld()
  await addApp({
    id: clients.native.id,
    redirectUris: [clients.native.redirectUri, 'com.example.app:/cb'],
    scopes: scopes.split(' '),
  })
  await addApp({
    id: clients.secret.id,
    redirectUris: [clients.secret.redirectUri],
    scopes: scopes.split(' '),
    tokenEndpointAuthMethod: 'client_secret_basic',
  })
  const by = { actor: { kind: 'system', id: 'test' }, origin: 'staff', now: now() } as const
  const secret = await db().$transaction((tx) => rotateSecret(tx, clients.secret.id, by))
  const visitor = await world.visitor('maya')
  return {
    url: world.url,
    audience: world.audience,
    secret,
    paths: {
      authorize: '/oauth/authorize',
      par: '/oauth/par',
      token: '/oauth/token',
      revoke: '/oauth/revoke',
      introspect: '/oauth/introspect',
      userinfo: '/oauth/userinfo',
    },
    giveCode: ({ jkt, client = 'app' } = {}) => {
      const { id, redirectUri } = clients[client]
      const changes = { scope: scopes, dpop_jkt: jkt, client_id: id, redirect_uri: redirectUri }
      return world.allow(visitor, changes)
    },
    stop: () => world.stop(),
  }
}
