/** The operating system's refusals in words for a user. */
import { InputError } from '../../errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is a file, must be a folder',
  EISDIR: 'is a folder, must be a file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the file system allows',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
  ENOMEM: 'there is not enough memory',
  EAGAIN: 'a limit of the system is reached',
  ENXIO: 'nobody reads the pipe',
  ENODEV: 'no such device',
  EBUSY: 'the file is in use',
  ETXTBSY: 'the file is in use',
  EEXIST: 'the file already exists',
  EIO: 'the disk failed',
};

const MORE_FILES = 'Allow more: ulimit -n 1024';
/** The engine's words when the system gives it no memory. */
const NO_MEMORY = /^Array buffer allocation failed$/;

/**
 * What the system refused outside the reading and writing of a user's file, such as to load a part of this program when
 * too many files are open. Undefined for any other error.
 */
export function refusalOfSystem(error: unknown): InputError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof RangeError && NO_MEMORY.test(error.message))
    return new InputError('SYSTEM', 'the system has not enough memory for this');
  const code = systemCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code) || !('syscall' in error)) return undefined;
  if (error.syscall === 'uv_cwd') return new InputError('SYSTEM', 'the current folder no longer exists');
  const path = 'path' in error && typeof error.path === 'string' ? error.path : String(error.syscall);
  const hint = code === 'EMFILE' ? MORE_FILES : undefined;
  return new InputError('SYSTEM', `${path}: ${REASONS[code] ?? `the system refused it (${code})`}`, hint);
}

/** The system's error code (`ENOENT`), where there is one. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Turns an error of the file system into an InputError that names the file; returns any other error unchanged. */
export function systemProblem(error: unknown, shownPath: string, hint?: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  // Node.js refuses a path with a NUL character before the system sees it.
  const reason = code === 'ERR_INVALID_ARG_VALUE' ? 'is not a path' : REASONS[code];
  if (reason === undefined && !/^E[A-Z0-9]+$/.test(code)) return error;
  return new InputError('FILE', `${shownPath}: ${reason ?? `the system refused it (${code})`}`, hint);
}
