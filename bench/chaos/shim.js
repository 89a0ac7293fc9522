/**
 * Loaded into `tune` before it starts (`node --import`): what cannot be done to a process from outside without root.
 * The wall clock runs with the emulated day and jumps, and the disk is full while a file says so. The program itself
 * is unchanged.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { CHAOS_FOLDER: folder, CHAOS_SPEED: speed, CHAOS_ZERO_MS: zeroMs } = process.env;
const LOOK_EVERY_MS = 20;

const realNow = Date.now;
let shiftMs = 0;
const look = () => {
  try {
    shiftMs = Number(fs.readFileSync(`${folder}/wall-shift`, 'utf8')) || 0;
  } catch {
    shiftMs = 0;
  }
};
look();
setInterval(look, LOOK_EVERY_MS).unref();
Date.now = () => Math.round(Number(zeroMs) + Number(speed) * (realNow() - Number(zeroMs)) + shiftMs);

const { writeSync, existsSync } = fs;
fs.writeSync = (file, data, offset = 0, ...rest) => {
  if (!existsSync(`${folder}/disk-full`)) return writeSync(file, data, offset, ...rest);
  // As a real one: what still fits is written.
  if (Buffer.isBuffer(data)) writeSync(file, data, offset, (data.length - offset) >> 1);
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
    errno: -28,
  });
};
syncBuiltinESMExports();
