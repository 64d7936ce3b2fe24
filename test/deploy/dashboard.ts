import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The part of Grafana's model of a dashboard that ours uses. */
export interface Dashboard {
  uid: string
  schemaVersion: number
  templating: { list: { name: string; type: string }[] }
  panels: Panel[]
}

export interface Panel {
  id: number
  type: string
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  datasource?: { type: string; uid: string }
  fieldConfig?: { defaults: { unit?: string } }
  targets?: { refId: string; expr: string; datasource: { type: string; uid: string } }[]
}

export interface Target {
  panel: string
  expr: string
}

export const DASHBOARD_FILE = resolve(import.meta.dirname, '../../deploy/grafana/dashboards/lupa.json')

export const DASHBOARD = JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')) as Dashboard

export function targetsOf({ panels }: Dashboard): Target[] {
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: title, expr })))
}
