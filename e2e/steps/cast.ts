import { type Person, people } from '../../demo/people'

/** Somebody of the demo's cast. */
export function castMember(key: string): Person {
  const person = people.find((one) => one.key === key)
  if (!person) throw new Error(`nobody is called ${key}`)
  return person
}
