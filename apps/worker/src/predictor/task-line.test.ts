import { expect, test } from 'vitest'
import { createTaskLine } from './task-line.ts'

const lineOf = () => createTaskLine<string, string>((worker, task) => task.startsWith(worker))

test('tasks wait in order for whoever is free next', async () => {
  const line = lineOf()
  line.add('b1')
  line.add('a1')
  expect(line.length).toBe(2)
  expect([await line.next('a'), await line.next('b')]).toEqual(['b1', 'a1'])
  expect(line.length).toBe(0)
})

test('of those who are free the one that suits gets the task, else the one free longest', async () => {
  const line = lineOf()
  const a = line.next('a')
  const b = line.next('b')
  const c = line.next('c')
  line.add('b1')
  line.add('x1')
  line.add('x2')
  expect(await Promise.all([a, b, c])).toEqual(['x1', 'b1', 'x2'])
})

test('a waiting worker can be woken, and is not given a task after that', async () => {
  const line = lineOf()
  const a = line.next('a')
  line.wake('a')
  line.wake('nobody')
  expect(await a).toBeUndefined()
  line.add('a1')
  expect(line.length).toBe(1)
})

test('a task that waits can be taken back, one that was given cannot', async () => {
  const line = lineOf()
  const given = line.next('a')
  line.add('a1')
  line.add('a2')
  expect([line.remove('a1'), line.remove('a2'), line.remove('a2')]).toEqual([false, true, false])
  expect(await given).toBe('a1')
  line.add('a3')
  expect(line.drain()).toEqual(['a3'])
  expect(line.length).toBe(0)
})
