interface DataTableProps {
  caption: string
  columns: readonly string[]
  /** The first cell names its row. */
  rows: readonly (readonly string[])[]
  /** Read aloud only: beside a chart that shows the same. */
  hidden?: boolean
}

/** Numbers as a table: what a chart shows, for those who do not see it. */
export function DataTable({ caption, columns, rows, hidden }: DataTableProps) {
  const [first, ...others] = columns
  return (
    <table className={hidden ? 'visually-hidden' : 'scores tabular'}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          {others.map(column => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...cells]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {cells.map((cell, index) => (
              <td key={others[index]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
