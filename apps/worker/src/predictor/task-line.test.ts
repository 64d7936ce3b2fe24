import { expect, test } from 'vitest'
import { createTaskLine } from './task-line.ts'

const lineOf = () => createTaskLine<string, string>((worker, task) => task.startsWith(worker))

test('tasks wait in order for someone who may take them, and pass by those that wait for someone else', async () => {
  const line = lineOf()
  for (const task of ['b1', 'a1', 'b2', 'a2']) line.add(task)
  expect(line.length).toBe(4)
  expect([await line.next('a'), await line.next('a'), await line.next('b')]).toEqual(['a1', 'a2', 'b1'])
  expect(line.length).toBe(1)
})

test('a task goes to the one who may take it and is free longest, or waits', async () => {
  const line = lineOf()
  const a = line.next('a')
  const b = line.next('b')
  line.add('b1')
  line.add('x1')
  line.add('a1')
  expect(await Promise.all([a, b])).toEqual(['a1', 'b1'])
  expect(line.find(() => true)).toBe('x1')
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

test('tasks that wait can be taken back, those that were given cannot', async () => {
  const line = lineOf()
  const given = line.next('a')
  for (const task of ['a1', 'a2', 'b1', 'a3', 'a4']) line.add(task)
  expect(await given).toBe('a1')
  const isOfA = (task: string) => task.startsWith('a')
  expect(line.count(isOfA)).toBe(3)
  expect(line.take((task) => task === 'a1')).toEqual([])
  expect(line.take(isOfA, 2)).toEqual(['a2', 'a3'])
  expect(line.take(() => true)).toEqual(['b1', 'a4'])
  expect(line.length).toBe(0)
})

test('a task can go before all others', async () => {
  const line = lineOf()
  for (const task of ['a1', 'a2']) line.add(task)
  line.add('a3', 'first')
  expect([await line.next('a'), await line.next('a')]).toEqual(['a3', 'a1'])
})
