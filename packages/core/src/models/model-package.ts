import type { KeypointShape } from '../domain/candidates.ts'
import type { Task } from '../domain/prediction.ts'
import type { Size } from '../domain/size.ts'
import type { Fit } from './manifest.ts'

/** A model that can be run: `<name>/<version>/model.onnx`, and what its metadata and manifest say of it. */
export interface ModelPackage {
  name: string
  version: string
  task: Task
  /** Class names by class number. */
  names: string[]
  /** What the model takes, in pixels. */
  imgsz: Size
  stride: number
  /** Only a classifier crops. */
  fit: Fit
  /** Of a pose model; null for the others. */
  keypoints: KeypointShape | null
  /** What is said of whether it suppresses by itself; null: nothing. The shape of its output has the last word. */
  endToEnd: boolean | null
  /** `sha256:` and the hex SHA-256 of the ONNX file. */
  digest: string
  /** Where the ONNX file is. */
  path: string
  bytes: number
  licence: string | null
  description: string | null
  /** Pictures that it must know. */
  selfTest?: SelfTestSample[] | undefined
}

export interface SelfTestSample {
  /** Where the picture is. */
  path: string
  /** The surest class; null when nothing is to be found. */
  prediction: string | null
  confidence: number | null
  /** Of the surest item, in pixels; undefined: anywhere. */
  box?: { x1: number; y1: number; x2: number; y2: number } | undefined
}

/** What people should know of a model before they rely on it, as its manifest has it; null where it is silent. */
export interface ModelCard {
  /** Measured, and on what. */
  metrics: Record<string, unknown> | null
  /** What it has learnt from. */
  trainedOn: unknown
  /** What it cannot do. */
  limits: unknown
}

/** A model as found: ready to run, or with the sentence that says why not and what to do. */
export type FoundModel =
  | { name: string; version: string; package: ModelPackage; card: ModelCard; failure: null }
  | { name: string; version: string; package: null; card: null; failure: string }
