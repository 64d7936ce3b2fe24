import { useNumbers } from '../words/use-numbers.ts'

/** What a manifest says, whatever its shape: a table where it is one, else names and values, and lists. */
export function JsonFacts({ value }: { value: unknown }) {
  const { number } = useNumbers()
  if (Array.isArray(value)) {
    return (
      <ul class="facts-list">
        {value.map((one, index) => (
          <li key={index}>
            <JsonFacts value={one} />
          </li>
        ))}
      </ul>
    )
  }
  if (isTable(value)) return <FactsTable rows={value} />
  if (isRecord(value)) {
    return (
      <dl class="facts">
        {Object.entries(value).map(([name, one]) => (
          <div key={name} class={isRecord(one) ? 'nested' : ''}>
            <dt>{toWords(name)}</dt>
            <dd>
              <JsonFacts value={one} />
            </dd>
          </div>
        ))}
      </dl>
    )
  }
  if (typeof value === 'number') return <span class="numeric">{number(value, 4)}</span>
  return <span>{String(value)}</span>
}

type Row = Record<string, string | number | boolean | null>

function FactsTable({ rows }: { rows: Record<string, Row> }) {
  const names = Object.keys(Object.values(rows)[0] ?? {})
  return (
    <table class="facts-table">
      <thead>
        <tr>
          <td />
          {names.map((name) => (
            <th key={name} scope="col">
              {toWords(name)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.entries(rows).map(([row, values]) => (
          <tr key={row}>
            <th scope="row">{toWords(row)}</th>
            {names.map((name) => (
              <td key={name}>
                <JsonFacts value={values[name]} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Several records of the same names, with nothing in them that is not plain. */
function isTable(value: unknown): value is Record<string, Row> {
  if (!isRecord(value)) return false
  const rows = Object.values(value)
  const [first] = rows
  if (rows.length < 2 || !isRecord(first)) return false
  const names = Object.keys(first).join()
  return (
    Object.keys(first).length <= 5 &&
    rows.every(
      (row) =>
        isRecord(row) &&
        Object.keys(row).join() === names &&
        Object.values(row).every((one) => typeof one !== 'object' || one === null),
    )
  )
}

const toWords = (name: string) => name.replaceAll('_', ' ')
