import { createServer, type AddressInfo } from 'node:net';

/** Tries to listen on a port; 0 means any free port. @returns the port, or undefined if it is in use */
export async function tryPort(port: number, host?: string): Promise<number | undefined> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve, reject) => {
    server.once('listening', () => resolve(true));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ port, host });
  });
  if (!free) return undefined;
  const { port: given } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return given;
}
