import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Arch } from '@/app/_ui/arch'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Subheading } from '@/app/_ui/heading'
import { Phone, TextLink } from '@/app/_ui/phone'
import { Steps } from '@/app/_ui/steps'
import { config } from '@/lib/config/config'

/** The first page: what this is, and the way in. */
export default async function Home(): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const { brand } = config()
  return (
    <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl px-5 pb-16 sm:px-8 sm:pb-24">
      <title>{`${t('home.title')} · ${brand.shortName}`}</title>
      <div className="grid items-center gap-x-16 gap-y-6 pt-10 sm:pt-16 lg:grid-cols-[minmax(0,7fr)_minmax(0,4fr)]">
        <div>
          <h1
            tabIndex={-1}
            className="max-w-2xl text-4xl leading-[1.1] font-semibold tracking-tight sm:text-5xl lg:text-6xl"
          >
            {t('home.title')}
          </h1>
          <p className="mt-6 max-w-xl text-lg text-quiet sm:text-xl">{t('home.intro')}</p>
          <Buttons>
            <Button href="/sign-in?to=/account">{t('home.signIn')}</Button>
            <Button href="/link" variant="secondary">
              {t('home.haveCode')}
            </Button>
          </Buttons>
        </div>
        <Arch />
      </div>
      <section aria-labelledby="how" className="mt-16 sm:mt-24">
        <Subheading id="how">{t('home.how')}</Subheading>
        <Steps
          steps={[
            { title: t('home.signInStep'), text: t('home.signInStepText') },
            { title: t('home.proveStep'), text: t('home.proveStepText') },
            { title: t('home.chooseStep'), text: t('home.chooseStepText') },
          ]}
        />
      </section>
      <section aria-labelledby="code" className="mt-16 max-w-prose">
        <Subheading id="code">{t('home.noCode')}</Subheading>
        <p className="text-quiet">
          {t.rich('home.noCodeText', {
            clinic: brand.shortName,
            phone: () => <Phone number={brand.phone} />,
          })}
        </p>
        <p className="mt-8 text-sm text-quiet">
          {t.rich('home.staff', { link: (words) => <TextLink href="/staff">{words}</TextLink> })}
        </p>
      </section>
    </main>
  )
}
