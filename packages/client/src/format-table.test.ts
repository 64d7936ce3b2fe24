import { styleText } from 'node:util'
import { expect, test } from 'vitest'
import { formatTable } from './format-table.ts'

test('columns are as wide as their widest cell, and colours take no room', () => {
  const green = styleText('green', 'yes', { validateStream: false })
  expect(
    formatTable(
      ['NAME', 'RUNS', 'TASK'],
      [
        ['bottle-status', green, 'classify'],
        ['x', 'no', ''],
      ],
    ),
  ).toEqual(['NAME           RUNS  TASK', `bottle-status  ${green}   classify`, 'x              no'])
})
