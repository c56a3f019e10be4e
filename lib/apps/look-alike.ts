/** Characters that pass for others at a glance, after accents and case are gone. */
const passFor: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '5': 's',
  '8': 'b',
  i: 'l',
  '|': 'l',
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'l',
  ο: 'o',
  α: 'a',
}

/**
 * Those of some names that another could be taken for: the same once spaces, accents, case and letters that look alike
 * are gone, one within the other, or one letter away. For staff to look at, and never a proof: an app that calls itself
 * like the clinic is the oldest trick (RFC 7591 §5).
 */
export function findLookAlikes(name: string, others: readonly string[]): readonly string[] {
  const own = skeletonOf(name)
  return others.filter((other) => {
    const theirs = skeletonOf(other)
    if (own === theirs) return true
    const [short, long] = own.length < theirs.length ? [own, theirs] : [theirs, own]
    return short.length >= 4 && (long.includes(short) || isOneAway(own, theirs))
  })
}

function skeletonOf(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  return [...plain]
    .map((character) => passFor[character] ?? character)
    .join('')
    .replaceAll('rn', 'm')
    .replace(/[^\p{L}\p{N}]/gu, '')
}

function isOneAway(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [[...a], [...b]] : [[...b], [...a]]
  if (long.length - short.length > 1) return false
  const at = short.findIndex((character, index) => character !== long[index])
  if (at === -1) return true
  const rest = (list: readonly string[], from: number): string => list.slice(from).join('')
  return (
    rest(short, at + 1) === rest(long, at + 1) ||
    (short.length < long.length && rest(short, at) === rest(long, at + 1))
  )
}
