import './globals.css'
import type { Metadata, Viewport } from 'next'
import { connection } from 'next/server'
import { type ReactNode, Suspense } from 'react'
import { languageNames, pageTranslator, textDirection } from '@/app/_language'
import { FocusAfterNavigation } from '@/app/_ui/focus-after-navigation'
import { geist } from '@/app/_ui/fonts'
import { grounds } from '@/app/_ui/palette'
import { ProblemWords } from '@/app/_ui/problem-words'
import { Shell } from '@/app/_ui/shell'
import { config } from '@/lib/config/config'
import { requestContext } from '@/lib/http/request-context'

export const metadata: Metadata = {
  robots: { index: false },
  formatDetection: { telephone: false, date: false },
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: grounds.light.surface },
    { media: '(prefers-color-scheme: dark)', color: grounds.dark.surface },
  ],
}

/** The document of every page. Always made for the request, because the CSP nonce is. */
export default async function Layout({ children }: { readonly children: ReactNode }): Promise<ReactNode> {
  await connection()
  const { t, language } = await pageTranslator()
  const { brand, languages } = config()
  return (
    <html lang={language} dir={textDirection(language)} className={geist.variable}>
      <head>
        <link rel="stylesheet" href="/brand.css" />
      </head>
      <body>
        <ProblemWords
          words={{
            title: t('problem.faultTitle'),
            text: t('problem.fault'),
            call: t('problem.callClinic', { clinic: brand.shortName, phone: brand.phone }),
            number: t('problem.requestId', { requestId: requestContext().requestId }),
            retry: t('problem.retry'),
            home: t('problem.home'),
          }}
        >
          <Shell
            brand={brand}
            words={{
              skip: t('frame.skip'),
              help: t('frame.help'),
              account: t('frame.account'),
              website: t('frame.website', { clinic: brand.shortName }),
            }}
            languages={languages
              .filter((other) => other !== language)
              .map((code) => ({ code, name: languageNames[code], label: languageNames[code] }))}
          >
            {children}
          </Shell>
        </ProblemWords>
        <Suspense>
          <FocusAfterNavigation />
        </Suspense>
      </body>
    </html>
  )
}
