import { toSvg } from '@lupa/core/formats/svg'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import { MAX_SIDE, RENDER_TYPE } from '@lupa/core/renders/render-order'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { inlineAs } from '../../content-disposition.ts'
import { DRAWING } from '../../format-parameters.ts'
import { toRenderOrder } from '../../make-render.ts'
import { chosen } from '../../parameters.ts'
import { problems } from '../../plugins/openapi.ts'
import { readForPicture } from '../../read-for-picture.ts'
import type { JobReader } from '../../read-job.ts'
import { RASTER_OR_SVG, SEEN, SIZED } from '../../render-parameters.ts'
import {
  etagOfRender,
  isKnown,
  namesOf,
  type SendRenderDeps,
  sendRender,
  sendUnfinished,
  UnfinishedRender,
} from '../../send-render.ts'
import { viewPredicted } from '../../write-job.ts'
import { gone } from '../gone.ts'

export interface GetAnnotatedDeps extends SendRenderDeps {
  reader: JobReader
  catalog: ModelCatalog
}

const { jpeg, webp, png } = RENDER_TYPE
const TYPES = { jpeg, webp, png, svg: 'image/svg+xml' }

/** What is shown beneath a drawing need not be larger than screens are. */
const MAX_EMBEDDED_SIDE = 1920

/** Nothing in it runs, and nothing is fetched. */
const SVG_POLICY = "default-src 'none'; img-src data:; sandbox"

export function getAnnotated(app: App, deps: GetAnnotatedDeps): void {
  app.get(
    '/v1/jobs/:id/annotated',
    {
      config: { scope: 'jobs:read', signedLink: true },
      schema: {
        operationId: 'getAnnotatedImage',
        tags: ['jobs'],
        summary: 'Get the image with the prediction drawn on it',
        description:
          'Turned as a person sees it, without metadata. A worker makes it when it is asked for first, and it is kept ' +
          'with the job: 202 when it is not made within ten seconds, ask again. As SVG the image is inside.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        querystring: z.strictObject({
          ...SEEN,
          format: RASTER_OR_SVG,
          ...DRAWING,
          ...SIZED,
          image: chosen(z.enum(['embed', 'link', 'none'])).describe(
            'Of SVG: `embed` (as if not given) has the image inside, `link` leads to it, `none` is the drawing alone.',
          ),
        }),
        response: {
          200: z.string().meta({ format: 'picture' }).describe('The picture.'),
          202: UnfinishedRender,
          304: z.null(),
          ...problems(400, 401, 404, 406, 409, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const {
        format: named,
        palette = 'distinct',
        labels = 'full',
        line_width,
        max_side,
        image,
        ...view
      } = request.query
      const asked = { jobId: request.params.id, format: named, types: TYPES, view }
      const { record, format, params } = await readForPicture(asked, { request, reply }, deps)
      const maxSide = max_side ?? MAX_SIDE
      if (format !== 'svg') {
        const picture = {
          kind: 'annotated',
          format,
          palette,
          labels,
          lineWidth: line_width ?? null,
          maxSide,
        } as const
        return await sendRender(request, reply, record, toRenderOrder(record, picture, params), deps)
      }

      const plain = { kind: 'plain', format: 'jpeg', maxSide: Math.min(maxSide, MAX_EMBEDDED_SIDE) } as const
      const order = toRenderOrder(record, plain, record.params)
      const drawn = toRenderOrder(record, { ...plain }, params).name
      const etag = etagOfRender({
        name: [drawn, palette, labels, line_width ?? '', image ?? 'embed'].join('-'),
      })
      if (isKnown(request, reply, record, etag)) return reply.code(304).send(null)
      let imageHref = image === 'link' ? record.links.image : undefined
      if (image === undefined || image === 'embed') {
        deps.waitingPlaces.enter(request, reply)
        const render = await deps.makeRender(order, gone(reply))
        if (!render) return sendUnfinished(request, reply)
        imageHref = `data:${RENDER_TYPE.jpeg};base64,${Buffer.from(render).toString('base64')}`
      }
      const job = await viewPredicted(record, { ...view, masks: 'polygon' }, deps.catalog)
      reply
        .type(TYPES.svg)
        .header('content-disposition', inlineAs(namesOf(record, 'annotated.svg')))
        .header('content-security-policy', SVG_POLICY)
      const svg = toSvg(job, { palette, labels, lineWidth: line_width, imageHref })
      return reply.serializer((text: string) => text).send(svg)
    },
  )
}
