import type { Task } from '../domain/prediction.ts'
import type { Size } from '../domain/size.ts'

// What the worker's tools for models tell whoever started them, as JSON. Written into packages, too.

/** What a tensor at a model's door looks like; a word stands for a length that depends on the input. */
export interface TensorSignature {
  name: string
  type: string
  shape: (number | string)[]
}

/** What a model file is, and what Lupa makes of it. */
export interface ModelCheck {
  path: string
  bytes: number
  digest: string | null
  producer: string
  opset: number | null
  inputs: TensorSignature[]
  outputs: TensorSignature[]
  /** What is known of the model; null where that is not enough to serve it. */
  model: { task: Task; names: string[]; imgsz: Size; stride: number; licence: string | null } | null
  /** Why it cannot be served, and what to do; null when it can. */
  failure: string | null
  plan: ModelPlan | null
  trial: ModelTrial | null
}

/** What happens to a picture, in sentences. */
export interface ModelPlan {
  size: 'fixed' | 'any'
  /** How many pictures one run takes. */
  batch: number | 'any'
  /** Whether suppression is a part of the graph. */
  endToEnd: boolean
  fit: string
  decode: string
  suppression: string
}

/** One picture, run several times. */
export interface ModelTrial {
  image: string
  width: number
  height: number
  prediction: string | null
  confidence: number | null
  /** The surest items, as a client would see them. */
  items: { name: string; confidence: number }[]
  itemCount: number
  runs: number
  threads: number
  /** Medians. */
  model_ms: number
  whole_ms: number
}

/** How a quantized model compares with the float one that it was made of, taken as the truth. */
export interface ModelComparison {
  task: Task
  /** Pictures that were not used to quantize, and variants of them where they are few. */
  pictures: number
  variants: number
  /** 0 to 1: what `--min-agreement` is compared with. */
  agreement: number
  detections: DetectionAgreement | null
  classes: ClassAgreement | null
  /** Those where the two agree least, the worst first. */
  worst: PictureAgreement[]
  speed: SpeedComparison
}

/** For tasks that find things. */
export interface DetectionAgreement {
  /** What either model finds from this confidence on is compared. */
  conf: number
  float: number
  quantized: number
  /** Pairs of the same class that overlap by half, one to one. */
  matched: number
  /** Of what the float model finds, the share that the quantized one finds too. */
  found: number
  map50: number
  map50_95: number
  /** Mean difference of the confidences of matched pairs. */
  confidence_difference: number
}

export interface ClassAgreement {
  top1: number
  /** Mean difference of the confidence in the float model's class. */
  confidence_difference: number
}

export interface PictureAgreement {
  picture: string
  agreement: number
  /** What each says of it. */
  float: string
  quantized: string
}

/** Medians of runs that took turns, in one process. */
export interface SpeedComparison {
  /** How often the quantized model runs in the time of one float run. */
  ratio: number
  whole_ratio: number
  float_ms: number
  quantized_ms: number
  float_whole_ms: number
  quantized_whole_ms: number
  rounds: number
  threads: number
}

/** What a tool was given to know the model by. */
export interface ToolModel {
  path: string
  name: string
  version: string
}

export interface CheckModelInput {
  model: ToolModel
  image: string | null
  runs: number
  threads: number
}

export interface TuneModelInput {
  model: ToolModel
  image: string
  /** Of each way, in each round. */
  seconds: number
  rounds: number
}

/** One way to share the cores of a machine. */
export interface TunedSettings {
  /** Child processes. */
  slots: number
  /** Of the model in each. */
  threads: number
  /** Images computed at once, where so many wait. */
  batch: number
}

export interface TuneTrial extends TunedSettings {
  /** Of some rounds, the one in the middle. */
  perSecond: number
  /** How long one image takes when there is no other. */
  aloneMs: number
}

/** The fastest first. */
export interface TuneReport {
  cores: number
  trials: TuneTrial[]
}

/** A picture, or a variant of it: the same, cropped, mirrored, lighter or darker, by its number. */
export interface PictureChoice {
  path: string
  /** 0 is the picture itself. */
  variant: number
}

export interface CalibrationTensorsInput {
  model: ToolModel
  pictures: PictureChoice[]
  directory: string
}

export interface CompareModelsInput {
  float: ToolModel
  quantized: ToolModel
  pictures: PictureChoice[]
  rounds: number
  threads: number
}

export interface FingerprintPicturesInput {
  pictures: string[]
}

export interface PictureFingerprint {
  path: string
  /** 64 bits as hex digits: few differ between pictures that look alike. Null: it cannot be read. */
  fingerprint: string | null
}

/** What a tool prints, a line each: how far it is, and at its end one of the other two. */
export type ToolMessage<Result> =
  | { type: 'progress'; done: number; total: number }
  | { type: 'result'; result: Result }
  | { type: 'failure'; message: string }
