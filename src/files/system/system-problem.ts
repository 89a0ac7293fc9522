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
  EBUSY: 'the file is in use',
  ETXTBSY: 'the file is in use',
  EEXIST: 'the file already exists',
  EIO: 'the disk failed',
};

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
