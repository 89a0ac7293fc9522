/** The queue beside a plain list of the items that still count. */
import { expect, it } from 'vitest';
import { randomStream } from '../../../src/random.js';
import { ItemQueue } from '../../../src/serving/items/item-queue.js';
import { LiveQuery } from '../../../src/serving/items/live-query.js';

const queryOf = (number: number) =>
  new LiveQuery({ number, arrivedUs: 0, parents: [0], onlyStage: -1, onAnswer: () => {} });

it('holds the items of queries that wait, in order, whoever is given up meanwhile', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = randomStream(seed, 'queue');
    const queue = new ItemQueue();
    const waits = new Map<LiveQuery, number>();
    let model: { query: LiveQuery; item: number; enteredUs: number }[] = [];
    let number = 0;
    for (let nowUs = 1; nowUs <= 400; nowUs++) {
      const dice = random();
      if (dice < 0.5) {
        const query = queryOf(number++);
        const items = 1 + Math.floor(random() * 5);
        waits.set(query, items);
        for (let item = 0; item < items; item++) {
          queue.enter(nowUs, query, item, `${query.number}/${item}`);
          model.push({ query, item, enteredUs: nowUs });
        }
      } else if (dice < 0.7) {
        const count = Math.min(model.length, Math.floor(random() * 8));
        const taken = queue.take(count);
        const expected = model.splice(0, count);
        expect(taken.values).toEqual(expected.map(({ query, item }) => `${query.number}/${item}`));
        expect(taken.enteredUs).toEqual(expected.map(({ enteredUs }) => enteredUs));
        for (const { query } of expected) waits.set(query, waits.get(query)! - 1);
      } else {
        const query = [...waits.keys()].at(Math.floor(random() * waits.size));
        if (query === undefined || query.isAnswered) continue;
        query.isAnswered = true;
        queue.giveUp(waits.get(query)!);
        waits.set(query, 0);
        model = model.filter((one) => one.query !== query);
      }
      expect(queue.length).toBe(model.length);
      if (model.length > 0) expect(queue.oldestUs).toBe(model[0]!.enteredUs);
    }
    expect(queue.take(queue.length).queries).toEqual(model.map(({ query }) => query));
  }
});

it('lets go of the values of items that were given up', async () => {
  const queue = new ItemQueue();
  const [first, second] = [queryOf(0), queryOf(1)];
  queue.enter(1, first, 0, 'first');
  for (let item = 0; item < 1000; item++) queue.enter(2, second, item, 'second');
  second.isAnswered = true;
  queue.giveUp(1000);
  expect(JSON.stringify(queue)).not.toContain('second');
  expect(queue.take(1).values).toEqual(['first']);
});
