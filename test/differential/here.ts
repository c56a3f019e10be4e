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
  const visitor = await world.visitor('maya')
  return {
    url: world.url,
    audience: world.audience,
    paths: {
      authorize: '/oauth/authorize',
      par: '/oauth/par',
      token: '/oauth/token',
      revoke: '/oauth/revoke',
      introspect: '/oauth/introspect',
      userinfo: '/oauth/userinfo',
    },
    giveCode: ({ jkt } = {}) => world.allow(visitor, { scope: scopes, dpop_jkt: jkt }),
    stop: () => world.stop(),
  }
}
