import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

type Entry = { payload: AdapterPayload; readonly expiresAt: number }

/** Where one issuer keeps sessions, sign-ins under way and codes: in memory, gone at a restart, as a demo may. */
export function createMemoryStore(): AdapterFactory {
  const entries = new Map<string, Entry>()

  const findLive = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key)
    if (entry && entry.expiresAt > Date.now()) return entry.payload
    entries.delete(key)
    return undefined
  }
  const findWhere = (model: string, name: 'uid' | 'userCode', value: string): AdapterPayload | undefined => {
    for (const [key, { payload }] of entries) {
      if (key.startsWith(`${model}:`) && payload[name] === value) return findLive(key)
    }
    return undefined
  }

  return (model): Adapter => ({
    upsert: async (id, payload, expiresIn = 3600) => {
      forgetExpired(entries)
      entries.set(`${model}:${id}`, { payload, expiresAt: Date.now() + expiresIn * 1000 })
    },
    find: async (id) => findLive(`${model}:${id}`),
    findByUid: async (uid) => findWhere(model, 'uid', uid),
    findByUserCode: async (userCode) => findWhere(model, 'userCode', userCode),
    consume: async (id) => {
      const payload = findLive(`${model}:${id}`)
      if (payload) payload.consumed = Math.floor(Date.now() / 1000)
    },
    destroy: async (id) => {
      entries.delete(`${model}:${id}`)
    },
    revokeByGrantId: async (grantId) => {
      for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key)
    },
  })
}

function forgetExpired(entries: Map<string, Entry>): void {
  if (entries.size < 2000) return
  for (const [key, { expiresAt }] of entries) if (expiresAt <= Date.now()) entries.delete(key)
}
