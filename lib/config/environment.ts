import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65535)

/**
 * Every environment variable the program reads: secrets and addresses. All are optional; none set is the demo on
 * loopback. `.env.example` is generated from these descriptions.
 */
export const environmentSchema = z.object({
  VESTIBULE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://localhost:3000')
    .describe(
      'The address people and apps reach this server at. It is the issuer of every token: choose it once.',
    ),
  VESTIBULE_CONFIG: z
    .string()
    .optional()
    .describe(
      'Path of the configuration file. Default: ./vestibule.config.json, or the demo’s when there is none.',
    ),
  VESTIBULE_SECRETS: z
    .string()
    .optional()
    .describe(
      'Comma-separated secrets of at least 32 characters, newest first. Every key is derived from them.',
    ),
  VESTIBULE_DATA_DIR: z
    .string()
    .default('.data')
    .describe('Where the embedded database and the demo’s secret live when DATABASE_URL is not set.'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgresql://')
    .optional()
    .describe('PostgreSQL 14 or newer. Without it an embedded database is used (demo and development only).'),
  DATABASE_PREPARE: z
    .enum(['on', 'off'])
    .default('on')
    .describe('`off` behind a pooler that gives each transaction another session (older PgBouncer).'),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
    .optional()
    .describe('Mail server for notices, e.g. smtps://user:password@mail.example.org:465.'),
  MAIL_FROM: z
    .string()
    .optional()
    .describe('Sender of notices, a neutral name without the clinic’s speciality.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  PORT: port.default(3000).describe('Port to listen on; 0 takes a free one.'),
  PLANE: z
    .enum(['all', 'web', 'protocol'])
    .default('all')
    .describe('Which planes this process serves: pages, machine endpoints, or both.'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level logged.'),
  COOKIE_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]*$/)
    .default('vestibule')
    .describe('Prefix of cookie names, so that several servers on one host name do not collide.'),
})

export type Environment = z.infer<typeof environmentSchema>
