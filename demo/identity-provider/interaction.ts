import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InteractionResults, Provider } from 'oidc-provider'
import type { Account, AccountDirectory } from './accounts'
import { acr, type IssuerEntry } from './issuers'
import { choicePage, errorPage, type Page, secondStepPage } from './pages'

export type SignInPages = {
  /** Answers everything below `/interaction/`; the request's URL is relative to the issuer. */
  answer(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): Promise<void>
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

type Step = {
  readonly interaction: Interaction
  readonly form: URLSearchParams
  readonly url: (step?: string) => string
}

type Answer =
  | { readonly page: Page; readonly status?: number }
  | { readonly seeOther: string }
  | { readonly finish: InteractionResults }

/** The sign-in pages of one issuer. An interaction belongs to the browser that holds its cookie. */
export function createSignInPages(
  provider: Provider,
  {
    entry,
    directory,
    startOver,
  }: { readonly entry: IssuerEntry; readonly directory: AccountDirectory; readonly startOver: string },
): SignInPages {
  /** Who was chosen in an interaction that still waits for its second step. */
  const waiting = new Map<string, Account>()

  const choose = ({ interaction, form, url }: Step): Answer => {
    const typed = form.get('person') ?? form.get('username') ?? ''
    const account = directory.open(typed)
    if (!account) return { page: showChoice(interaction, url, typed), status: 400 }
    if (entry.steps === 1) return { finish: signedIn(account, interaction, ['pwd']) }
    keepRecent(waiting, interaction.uid, account)
    return { seeOther: url('second-step') }
  }

  const showChoice = (interaction: Interaction, url: Step['url'], refused?: string): Page =>
    choicePage(entry, {
      cast: directory.cast,
      current: currentAccount(interaction, directory),
      userName: refused ?? hintOf(interaction),
      refused: refused !== undefined,
      action: url,
    })

  const afterFirstStep =
    (answer: (account: Account, step: Step) => Answer) =>
    (step: Step): Answer => {
      const account = waiting.get(step.interaction.uid)
      return account ? answer(account, step) : { seeOther: step.url() }
    }

  const finishWith = (methods: string[]) =>
    afterFirstStep((account, { interaction }) => {
      waiting.delete(interaction.uid)
      return { finish: signedIn(account, interaction, methods) }
    })

  const steps: Record<string, (step: Step) => Answer> = {
    'GET ': ({ interaction, url }) => ({ page: showChoice(interaction, url) }),
    'POST choose': choose,
    'GET second-step': afterFirstStep((account, { url }) => ({ page: secondStepPage(entry, account, url) })),
    'POST approve': finishWith(['pwd', 'otp']),
    'POST skip': finishWith(['pwd']),
    'POST continue': () => ({ finish: { select_account: {} } }),
    'POST cancel': () => ({
      finish: { error: 'access_denied', error_description: 'The person cancelled the sign-in' },
    }),
  }

  return {
    answer: async (request, response, form) => {
      const interaction = await provider.interactionDetails(request, response).catch(() => undefined)
      const [, , uid, step = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? []
      if (!interaction || interaction.uid !== uid) {
        return sendPage(
          response,
          errorPage(entry, 'This sign-in has expired, or another one took its place.', startOver),
          400,
        )
      }
      const url = (next?: string): string => `${entry.path}/interaction/${uid}${next ? `/${next}` : ''}`
      const name = `${request.method} ${step}`
      const act = Object.hasOwn(steps, name) ? steps[name] : undefined
      if (!act) return sendPage(response, errorPage(entry, 'There is no such page.', startOver), 404)
      const answer =
        interaction.prompt.name === 'consent' ? { finish: { consent: {} } } : act({ interaction, form, url })
      if ('page' in answer) return sendPage(response, answer.page, answer.status ?? 200)
      if ('seeOther' in answer) return redirect(response, answer.seeOther)
      if (answer.finish.login) await leaveOtherAccount(provider, interaction, answer.finish.login.accountId)
      await provider.interactionFinished(request, response, answer.finish)
    },
  }
}

function signedIn(account: Account, interaction: Interaction, amr: string[]): InteractionResults {
  const login = {
    accountId: account.subject,
    amr,
    acr: amr.length > 1 ? acr.twoSteps : acr.oneStep,
    ts: Math.floor(Date.now() / 1000),
  }
  return String(interaction.params['prompt'] ?? '').includes('select_account')
    ? { login, select_account: {} }
    : { login }
}

/**
 * The package changes accounts by a page that posts itself with a script. Ending the earlier session here keeps
 * the sign-in working without scripts.
 */
async function leaveOtherAccount(provider: Provider, interaction: Interaction, next: string): Promise<void> {
  const { session } = interaction
  if (!session || session.accountId === undefined || session.accountId === next) return
  const earlier = await provider.Session.findByUid(session.uid)
  delete interaction.session
  await interaction.save(Math.max(interaction.exp - Math.floor(Date.now() / 1000), 1))
  await earlier?.destroy()
}

function currentAccount(interaction: Interaction, directory: AccountDirectory): Account | undefined {
  const subject = interaction.session?.accountId
  return interaction.prompt.name === 'select_account' && subject !== undefined
    ? directory.find(subject)
    : undefined
}

function hintOf(interaction: Interaction): string {
  const hint = interaction.params['login_hint']
  return typeof hint === 'string' ? hint.slice(0, 60) : ''
}

/** Abandoned sign-ins are forgotten oldest first. */
function keepRecent(waiting: Map<string, Account>, uid: string, account: Account): void {
  waiting.set(uid, account)
  const [oldest] = waiting.keys()
  if (waiting.size > 500 && oldest !== undefined) waiting.delete(oldest)
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'content-length': '0' }).end()
}

export function sendPage(response: ServerResponse, page: Page, status: number): void {
  response
    .writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .end(page.toString())
}
