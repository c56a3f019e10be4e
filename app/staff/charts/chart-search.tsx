'use client'

import { type ReactNode, useActionState } from 'react'
import { Button } from '@/app/_ui/button'
import { Card } from '@/app/_ui/card'
import { Empty } from '@/app/_ui/empty'
import { Field, Select } from '@/app/_ui/field'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { Table } from '@/app/_ui/table'
import { type SearchState, search } from '@/app/staff/charts/actions'

type Option = { readonly value: string; readonly label: string }

type Words = Readonly<
  Record<
    | 'reason'
    | 'ehr'
    | 'mrn'
    | 'mrnHint'
    | 'or'
    | 'name'
    | 'birthDate'
    | 'search'
    | 'found'
    | 'open'
    | 'none'
    | 'noneText'
    | 'incomplete'
    | 'expired'
    | 'unreachable',
    string
  >
>

type ChartSearchProps = {
  readonly token: string
  readonly ehrs: readonly Option[]
  readonly reasons: readonly Option[]
  readonly words: Words
}

/** The search form and, in the answer to its post, the charts found: what was typed never stands in an address. */
export function ChartSearch({ token, ehrs, reasons, words }: ChartSearchProps): ReactNode {
  const [state, act] = useActionState<SearchState, FormData>(search, { outcome: 'idle' })
  const [only] = ehrs
  return (
    <>
      <Found state={state} words={words} />
      <Card>
        <form action={act} className="max-w-xl">
          <FormToken token={token} />
          {ehrs.length > 1 ? (
            <Select name="ehr" label={words.ehr} options={ehrs} required />
          ) : (
            <input type="hidden" name="ehr" value={only?.value ?? ''} />
          )}
          <Select name="reason" label={words.reason} options={reasons} required />
          <Field name="mrn" label={words.mrn} hint={words.mrnHint} autoComplete="off" maxLength={60} />
          <p className="mb-4 font-medium text-quiet">{words.or}</p>
          <Field name="name" label={words.name} autoComplete="off" maxLength={100} />
          <Field name="birthDate" label={words.birthDate} type="date" autoComplete="off" width="short" />
          <Button>{words.search}</Button>
        </form>
      </Card>
    </>
  )
}

function Found({ state, words }: { readonly state: SearchState; readonly words: Words }): ReactNode {
  if (state.outcome === 'idle') return null
  if (state.outcome === 'none')
    return (
      <div className="mb-6" role="status">
        <Empty title={words.none}>{words.noneText}</Empty>
      </div>
    )
  if (state.outcome !== 'found') return <Notice tone="problem">{words[state.outcome]}</Notice>
  const columns = [
    { key: 'name', label: words.name },
    { key: 'birthDate', label: words.birthDate },
    { key: 'mrn', label: words.mrn },
    { key: 'open', label: words.open, isHidden: true },
  ]
  const rows = state.hits.map((hit) => ({
    key: hit.handle,
    cells: {
      name: <bdi>{hit.name}</bdi>,
      birthDate: hit.birthDate,
      mrn: hit.mrn,
      open: (
        <Button
          href={`/staff/charts/${hit.handle}`}
          variant="secondary"
          small
          label={`${words.open}: ${hit.name}, ${hit.birthDate}`}
        >
          {words.open}
        </Button>
      ),
    },
  }))
  return (
    <Card>
      <div role="status">
        <Table caption={words.found} showCaption columns={columns} rows={rows} />
      </div>
    </Card>
  )
}
