import { formatTable } from '../format-table.ts'
import type { Terminal } from '../terminal.ts'
import { formatShare } from '../units.ts'
import type { QuantizationReport } from './quantization-report.ts'

/** The report for people. */
export function describeQuantization(report: QuantizationReport, terminal: Terminal): string[] {
  const { comparison, calibration, quantizer } = report
  const { speed, detections, classes } = comparison
  const facts: [string, string][] = [
    [
      'calibrated on',
      `${counted(calibration)} (${quantizer.method}); ${quantizer.float_layers} of ${quantizer.layers} layers left in float`,
    ],
    ['judged by', `${counted(comparison)}, none of them used to calibrate`],
  ]
  if (detections) {
    facts.push(
      ['agreement', `${formatShare(comparison.agreement)} of what either model finds, the other finds too`],
      [
        'mAP50-95',
        `${detections.map50_95.toFixed(3)}, mAP50 ${detections.map50.toFixed(3)}, the float model taken as the truth`,
      ],
      [
        'detections',
        `from ${detections.conf} on: ${detections.float} float, ${detections.quantized} int8, ${detections.matched} of both; confidences differ by ${detections.confidence_difference.toFixed(3)}`,
      ],
    )
  }
  if (classes) {
    facts.push([
      'agreement',
      `${formatShare(classes.top1)} of the pictures have the same first class; confidences differ by ${classes.confidence_difference.toFixed(3)}`,
    ])
  }
  facts.push([
    'speed',
    `${speed.ratio.toFixed(2)}× the float rate: ${speed.quantized_ms} ms for ${speed.float_ms} ms; with decoding the picture ${speed.whole_ratio.toFixed(2)}× (medians of ${speed.rounds}, in turns, ${speed.threads} ${speed.threads === 1 ? 'thread' : 'threads'})`,
  ])
  const width = Math.max(...facts.map(([label]) => label.length))
  const worst = comparison.worst.filter(({ agreement }) => agreement < 1)
  return [
    ...facts.map(([label, value]) => `${terminal.dim(label.padEnd(width))}  ${value}`),
    ...(worst.length > 0
      ? [
          '',
          ...formatTable(
            ['WORST PICTURES', 'AGREE', 'FLOAT', 'INT8'],
            worst.map((picture) => [
              picture.picture,
              formatShare(picture.agreement),
              picture.float,
              picture.quantized,
            ]),
          ),
        ]
      : []),
  ]
}

function counted({ pictures, variants }: { pictures: number; variants: number }): string {
  const own = `${pictures} ${pictures === 1 ? 'picture' : 'pictures'}`
  return variants > 0 ? `${own} and ${variants} variants of them (crops, mirrored, lighter, darker)` : own
}
