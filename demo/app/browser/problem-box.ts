import { el } from './elements'
import { type Problem, problemWords } from './problems'

export type ProblemOptions = {
  readonly onAgain?: () => void
  readonly error?: string | undefined
  /** `h1` where the box is the whole page. */
  readonly heading?: 'h1' | 'h2' | 'h3'
}

/** The person's own choice, or nothing begun yet: no alarm. */
const calm: ReadonlySet<Problem> = new Set(['declined', 'not-connected', 'not-shared'])

/** The sentence, and the way on. `error` is the server's code: shown only if it looks like one. */
export function problemBox(
  problem: Problem,
  { onAgain, error, heading = 'h2' }: ProblemOptions = {},
): HTMLElement {
  const words = problemWords[problem]
  const box = el(
    'section',
    {
      class: calm.has(problem) ? 'problem calm' : 'problem',
      role: 'alert',
      'data-testid': 'error-box',
      'data-problem': problem,
    },
    el(heading, {}, words.title),
    el('p', {}, words.sentence),
  )
  if (error !== undefined && !calm.has(problem) && /^[a-z_]{1,40}$/.test(error))
    box.append(el('p', { class: 'code' }, `Code: ${error}`))
  if (words.offer === 'again' && onAgain) {
    const button = el('button', { class: 'secondary', type: 'button' }, 'Try again')
    button.addEventListener('click', onAgain)
    box.append(button)
  } else {
    box.append(
      el('a', { class: 'button', href: '/launch', 'data-testid': 'connect' }, 'Connect to your clinic'),
    )
  }
  return box
}
