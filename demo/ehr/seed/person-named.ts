import { type Person, people } from '../../people'

export function personNamed(key: string): Person {
  const found = people.find((person) => person.key === key)
  if (!found) throw new Error(`no such person in the cast: ${key}`)
  return found
}
