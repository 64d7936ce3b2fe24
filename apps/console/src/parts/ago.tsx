import { useNumbers } from '../words/use-numbers.ts'

export function Ago({ iso }: { iso: string }) {
  const { ago, moment } = useNumbers()
  return (
    <time dateTime={iso} title={moment(iso)}>
      {ago(iso)}
    </time>
  )
}
