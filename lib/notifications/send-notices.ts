import nodemailer, { type Transporter } from 'nodemailer'
import { z } from 'zod'
import { config } from '@/lib/config/config'
import { unseal } from '@/lib/crypto/seal'
import { db } from '@/lib/db/database'
import type { Job } from '@/lib/jobs/run'
import { chooseLanguage } from '@/lib/language/translate'
import { log, logFault } from '@/lib/log/log'
import { isNoticeKind, notices } from '@/lib/notifications/catalogue'
import { once } from '@/lib/process/once'
import { addSeconds, now } from '@/lib/time/clock'

const sealedSchema = z.object({ to: z.string(), number: z.string() })
const parametersSchema = z.object({ at: z.iso.datetime() })

/** How often sending is tried before a notice is given up, and how long one try holds it, in seconds. */
const attemptsAtMost = 12
const holdSeconds = 120

/** Sends what waits. Without SMTP_URL notices wait for it. */
export const sendNoticesJob: Job = { name: 'send-notices', everySeconds: 5, run: () => sendNotices() }

/**
 * Sends the notices that are due, by SMTP and nothing else. Each is held by one conditional statement while the network
 * is waited for; a failed one waits longer each time. A crash between sending and noting it sends it again under the
 * same Message-ID.
 */
export async function sendNotices(): Promise<void> {
  if (!config().environment.SMTP_URL) return
  const due = await db().notification.findMany({
    where: { sentAt: null, failedAt: null, notBefore: { lte: now() } },
    orderBy: { createdAt: 'asc' },
    take: 50,
  })
  for (const notice of due) {
    const { count } = await db().notification.updateMany({
      where: { id: notice.id, attempts: notice.attempts, sentAt: null, failedAt: null },
      data: { attempts: notice.attempts + 1, notBefore: addSeconds(now(), holdSeconds) },
    })
    if (count === 1) await sendHeld(notice)
  }
}

type Held = Awaited<ReturnType<ReturnType<typeof db>['notification']['findMany']>>[number]

async function sendHeld(notice: Held): Promise<void> {
  const message = compose(notice)
  if (!message) return giveUp(notice)
  try {
    await transport().sendMail(message)
    await db().notification.update({ where: { id: notice.id }, data: { sentAt: now(), sealedTo: null } })
    log.info('notice.sent', { kind: notice.kind })
  } catch (fault) {
    logFault('notice.not-sent', fault, { kind: notice.kind, attempts: notice.attempts + 1 })
    if (notice.attempts + 1 >= attemptsAtMost) return giveUp(notice)
    const notBefore = addSeconds(now(), Math.min(30 * 2 ** notice.attempts, 6 * 3600))
    await db().notification.update({ where: { id: notice.id }, data: { notBefore } })
  }
}

async function giveUp(notice: Held): Promise<void> {
  await db().notification.update({ where: { id: notice.id }, data: { failedAt: now(), sealedTo: null } })
  log.error('notice.given-up', { kind: notice.kind })
}

/** The message, or undefined when its secret is gone or its kind unknown. */
function compose(
  notice: Held,
): { from: string; to: string; subject: string; text: string; messageId: string } | undefined {
  const { brand, issuer, environment } = config()
  const plain = notice.sealedTo && unseal(notice.sealedTo, `notice:${notice.id}`)
  if (!plain || !isNoticeKind(notice.kind)) return undefined
  const { to, number } = sealedSchema.parse(JSON.parse(plain))
  const { at } = parametersSchema.parse(notice.parameters)
  const language = chooseLanguage(notice.language, undefined)
  const timeZone = config().ehrs[0]?.timeZone ?? 'UTC'
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(
    new Date(at),
  )
  // in the fragment the number reaches no server until the person posts it
  const page = number ? `${issuer}/not-me#n=${number}` : issuer
  const text = notices[notice.kind](language, {
    clinic: brand.shortName,
    phone: brand.phone,
    when,
    page,
    number,
  })
  const host = new URL(issuer).hostname
  return {
    from: environment.MAIL_FROM ?? `${brand.shortName.replace(/[^\p{L}\p{N} .'-]/gu, '')} <no-reply@${host}>`,
    to,
    ...text,
    messageId: `<${notice.id}@${host}>`,
  }
}

function transport(): Transporter {
  const url = config().environment.SMTP_URL ?? ''
  return once(`smtp:${url}`, () => nodemailer.createTransport(url, undefined) as Transporter)
}
