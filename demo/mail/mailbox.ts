/** One message as it arrived, reduced to what the page and the tests read. */
export type Message = {
  readonly id: number
  readonly receivedAt: string
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

export type Mailbox = {
  add(message: Omit<Message, 'id'>): void
  /** Newest first. */
  list(): readonly Message[]
  find(id: number): Message | undefined
  clear(): void
}

/** The latest messages, in memory alone. */
export function openMailbox(limit = 200): Mailbox {
  let messages: readonly Message[] = []
  let lastId = 0
  return {
    add: (message) => {
      lastId += 1
      messages = [{ id: lastId, ...message }, ...messages].slice(0, limit)
    },
    list: () => messages,
    find: (id) => messages.find((message) => message.id === id),
    clear: () => {
      messages = []
    },
  }
}
