// biome-ignore-all lint/a11y/noRedundantRoles: display: block takes a table's meaning away in some browsers
import type { ReactNode } from 'react'

type Column = { readonly key: string; readonly label: string; readonly isHidden?: boolean }
type Row = { readonly key: string; readonly cells: Readonly<Record<string, ReactNode>> }

type TableProps = {
  /** What the table shows; read out, not seen, unless `showCaption`. */
  readonly caption: string
  readonly showCaption?: boolean
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/**
 * A table that becomes a stack of cards on phones. The roles are written out, because `display: block` would take a
 * table's meaning away from screen readers. The first column names the row.
 */
export function Table({ caption, showCaption = false, columns, rows }: TableProps): ReactNode {
  return (
    <table role="table" className="block w-full text-start sm:table">
      <caption className={showCaption ? 'block pb-3 text-start font-medium sm:table-caption' : 'sr-only'}>
        {caption}
      </caption>
      <thead role="rowgroup" className="sr-only sm:not-sr-only sm:table-header-group">
        <tr role="row" className="border-b border-line-strong">
          {columns.map((column) => (
            <th
              key={column.key}
              role="columnheader"
              scope="col"
              className="py-2 pe-4 text-start text-sm font-medium text-quiet"
            >
              {column.isHidden ? <span className="sr-only">{column.label}</span> : column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" className="block sm:table-row-group">
        {rows.map((row) => (
          <tr
            key={row.key}
            role="row"
            className="block border-b border-line py-4 first:pt-0 last:border-0 sm:table-row sm:py-0"
          >
            {columns.map((column, index) => (
              <Cell key={column.key} column={column} isName={index === 0}>
                {row.cells[column.key]}
              </Cell>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Cell(props: {
  readonly column: Column
  readonly isName: boolean
  readonly children: ReactNode
}): ReactNode {
  const { column, isName, children } = props
  const look = 'block py-1 text-start align-top font-normal wrap-break-word sm:table-cell sm:py-3 sm:pe-4'
  if (isName)
    return (
      <th role="rowheader" scope="row" className={`${look} sm:font-medium`}>
        {children}
      </th>
    )
  return (
    <td role="cell" className={look}>
      {!column.isHidden && (
        <span aria-hidden="true" className="me-2 text-sm text-quiet sm:hidden">
          {column.label}:
        </span>
      )}
      {children}
    </td>
  )
}
