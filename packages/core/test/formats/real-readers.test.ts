import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toCoco } from '../../src/formats/coco.ts'
import { isPosed } from '../../src/formats/detections.ts'
import { toLabelme } from '../../src/formats/labelme.ts'
import { toYolo } from '../../src/formats/yolo.ts'
import { EXAMPLES, IMAGE } from './predicted-jobs.ts'

/** A Python that has pycocotools, labelme and ultralytics, or some of them. */
const PYTHON = process.env.LUPA_TEST_PYTHON

const SHOWN = ['detect', 'segment', 'rle', 'pose', 'obb'] as const

interface Absent {
  absent?: string
}

interface Read {
  coco: Absent & { annotations: { category: string; bbox: number[]; mask: number | null }[]; results: number }
  labelme: Absent & { label: string; type: string; points: number[][] }[]
  yolo: Absent & {
    labels: number[][]
    segments: number[][][]
    keypoints: number[][][]
    corrupt: number
    message: string
  }
}

describe.skipIf(PYTHON === undefined)('programs in Python (LUPA_TEST_PYTHON)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lupa-formats-'))
  let answers: Record<(typeof SHOWN)[number], Read>

  beforeAll(async () => {
    const tasks = SHOWN.map((name) => {
      const job = EXAMPLES[name]
      const [first] = job.predictions
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'coco.json'), toCoco(job))
      writeFileSync(join(folder, name, 'labelme.json'), toLabelme(job))
      writeFileSync(join(folder, name, 'yolo.txt'), toYolo(job))
      const keypoints = first && isPosed(first) ? first.keypoints.x.length : 0
      return { name, image: [IMAGE.width, IMAGE.height], keypoints, classes: 80 }
    })
    writeFileSync(join(folder, 'tasks.json'), JSON.stringify(tasks))
    const script = join(import.meta.dirname, 'read-formats.py')
    const { stdout } = await promisify(execFile)(PYTHON ?? '', [script, folder])
    answers = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.for(SHOWN)('pycocotools reads what was seen of %s, and takes it as results', (name, { skip }) => {
    const { coco } = answers[name]
    skip(coco.absent !== undefined, coco.absent)
    expect(coco.annotations.map(({ category }) => category)).toEqual(
      EXAMPLES[name].predictions.map((item) => item.name),
    )
    expect(coco.results).toBe(coco.annotations.length)
    for (const { bbox } of coco.annotations) expect(bbox.every((number) => number >= 0)).toBe(true)
  })

  test('pycocotools finds as many pixels in a mask as it has', ({ skip }) => {
    const { coco } = answers.rle
    skip(coco.absent !== undefined, coco.absent)
    expect(coco.annotations[0]?.mask).toBe(8)
    // A triangle of 40 × 40 and a square of 20 × 20, drawn.
    expect(answers.segment.coco.annotations[0]?.mask).toBeGreaterThan(1150)
    expect(answers.segment.coco.annotations[0]?.mask).toBeLessThan(1300)
  })

  test.for(SHOWN)("Ultralytics' loader takes the labels of %s", (name, { skip }) => {
    const { yolo } = answers[name]
    skip(yolo.absent !== undefined, yolo.absent)
    expect(yolo.message).toBe('')
    expect(yolo.corrupt).toBe(0)
    expect(yolo.labels.length).toBe(EXAMPLES[name].predictions.length)
  })

  test("Ultralytics' loader finds boxes, outlines and keypoints where they are", ({ skip }) => {
    skip(answers.detect.yolo.absent !== undefined, answers.detect.yolo.absent)
    const [label = []] = answers.detect.yolo.labels
    const [, x = 0, y = 0, width = 0, height = 0] = label
    expect([x * 640, y * 480, width * 640, height * 480]).toEqual([60, 120, 100, 200].map(near))
    expect(answers.pose.yolo.keypoints[0]?.map(([kx = 0, ky = 0]) => [kx * 640, ky * 480])).toEqual([
      [near(20), near(50)],
      [near(30), near(60)],
      [near(40), near(70)],
    ])
    expect(answers.obb.yolo.segments[0]?.[0]).toEqual([near(100 / 640), near(50 / 480)])
  })

  test.for(SHOWN)('labelme opens the shapes of %s', (name, { skip }) => {
    const { labelme } = answers[name]
    skip('absent' in labelme, labelme.absent)
    expect(labelme.length).toBeGreaterThanOrEqual(EXAMPLES[name].predictions.length)
    expect(labelme[0]?.label).toBe('person')
    expect(labelme[0]?.type).toBe(name === 'detect' || name === 'pose' ? 'rectangle' : 'polygon')
  })
})

const near = (value: number) => expect.closeTo(value, 2)
