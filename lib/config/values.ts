import { z } from 'zod'

/** How providers, EHRs and apps are named in the configuration. */
export const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'lower-case letters, digits and dashes')

/** An http or https address. */
export const url = z.url({ protocol: /^https?$/ })

/** What people read: a line, not empty. */
export const text = z.string().trim().min(1).max(200)

/** Where a secret stands instead of in the file. */
export const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'name of an environment variable')
