import type { Job } from '@lupa/core/domain/job'

export interface CurlOptions {
  origin: string
  isOpen: boolean
}

/** What a person types to submit such a job, and wait for it. */
export function curlOf(
  job: Pick<Job, 'image_name' | 'model' | 'params' | 'tags'>,
  { origin, isOpen }: CurlOptions,
): string {
  const { conf, iou, max_det, classes } = job.params
  const fields: [string, string][] = [
    ['image', `@${job.image_name ?? 'photo.jpg'}`],
    ['model', `${job.model.name}@${job.model.version}`],
  ]
  if (job.model.task !== 'classify') {
    fields.push(['conf', String(conf)], ['iou', String(iou)], ['max_det', String(max_det)])
    if (classes) fields.push(['classes', classes.join(',')])
  }
  for (const tag of job.tags) fields.push(['tags', tag])
  return [
    'curl',
    ...(isOpen ? [] : ['-u user:password']),
    "-H 'Prefer: wait=30'",
    ...fields.map(([name, value]) => `-F ${quote(`${name}=${value}`)}`),
    quote(`${origin}/v1/jobs`),
  ].join(' ')
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
