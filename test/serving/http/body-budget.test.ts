import { expect, it } from 'vitest';
import { BodyBudget } from '../../../src/serving/http/body-budget.js';

const GIB = 2 ** 30;

it('holds a gibibyte, of which half may still be arriving', () => {
  const budget = new BodyBudget();
  expect(budget.arrive(GIB / 2)).toBe(true);
  expect(budget.arrive(1)).toBe(false);
  expect(budget.hold(GIB / 2)).toBe(true);
  expect(budget.hold(1)).toBe(false);
  budget.arrived(GIB / 2);
  expect(budget.hold(GIB / 2)).toBe(true);
  expect(budget.arrive(1)).toBe(false);
  budget.release(GIB);
  expect(budget.arrive(1)).toBe(true);
});
