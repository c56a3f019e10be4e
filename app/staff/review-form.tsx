import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Select } from '@/app/_ui/field'
import { FormToken } from '@/app/_ui/form-token'
import { reviewReasons } from '@/lib/journeys/staff-reviews'

type ReviewFormProps = {
  readonly action: (form: FormData) => Promise<void>
  readonly token: string
  /** What the form is about; also tells forms of one page apart. */
  readonly id: string
  readonly button: string
  /** What the button is about, where several of a kind stand on a page. */
  readonly label?: string
}

/** Lifting something, with the reason of whoever does. */
export async function ReviewForm(props: ReviewFormProps): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <form action={props.action} className="mt-3 max-w-xl">
      <FormToken token={props.token} />
      <input type="hidden" name="about" value={props.id} />
      <Select
        name={`reason-${props.id}`}
        label={t('staff.review.reason')}
        options={reviewReasons.map((value) => ({ value, label: t(`staff.review.reasons.${value}`) }))}
        placeholder={t('staff.review.choose')}
        required
      />
      <Button variant="secondary" {...(props.label ? { label: props.label } : {})}>
        {props.button}
      </Button>
    </form>
  )
}
