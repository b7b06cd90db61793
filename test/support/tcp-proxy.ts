import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy between the application and its database that can fail like a network. */
export class TcpProxy {
  /** How many connections clients have opened. */
  opened = 0;

  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly target: URL;
  private refusing = false;
  private frozen = false;

  private constructor(server: Server, target: URL) {
    this.server = server;
    this.target = target;
    server.on('connection', (client) => this.join(client));
  }

  static async before(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(createServer(), new URL(url));
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** The URL of the target through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Connections stay open and what is sent is acknowledged, but no data is forwarded. */
  freeze(): void {
    this.frozen = true;
    this.freezeOpen();
  }

  /** Freezes the connections that are open now; later ones work. */
  freezeOpen(): void {
    for (const socket of this.sockets) socket.pause();
  }

  /** Closes all connections and refuses new ones. */
  cut(): void {
    this.refusing = true;
    for (const socket of this.sockets) socket.destroy();
  }

  heal(): void {
    this.refusing = false;
    this.frozen = false;
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    this.opened++;
    if (this.refusing) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(this.target.port), this.target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.frozen) from.pause();
    }
  }
}
