import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiOperation } from '@nestjs/swagger';
import { SetRouteOptions } from './route-options';

/** When a route was deprecated, from when it can be removed, and where its replacement is described. */
export interface Deprecation {
  /** The date of the deprecation, `YYYY-MM-DD`. */
  since: string;
  /** The date from which the route can be removed, `YYYY-MM-DD` (docs/api-policy.md). */
  sunset: string;
  /** A page that describes what to use instead. */
  link: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is deprecated: its responses have `Deprecation`, `Sunset` and `Link`. */
    deprecation?: Deprecation;
  }
}

/**
 * Decorator: deprecates a route in the OpenAPI document and in the headers of its responses.
 * `x-sunset` is the date before which `npm run openapi:diff` refuses the removal of the route.
 *
 * @throws RangeError at start for an invalid date, or if `sunset` is not after `since`
 */
export const Deprecated = (deprecation: Deprecation): MethodDecorator => {
  const { since, sunset } = deprecation;
  if (!(dateOf(since) < dateOf(sunset))) throw new RangeError(`The sunset ${sunset} is not after ${since}.`);
  return applyDecorators(
    SetRouteOptions({ deprecation }),
    // With its defaults it would replace the summary of the route.
    ApiOperation({ deprecated: true, summary: undefined as never }),
    ApiExtension('x-sunset', sunset),
  );
};

/** The headers of a deprecated route: RFC 9745 (`Deprecation`) and RFC 8594 (`Sunset`). */
export const deprecationHeadersOf = ({ since, sunset, link }: Deprecation) => ({
  // A date of structured fields: seconds since the epoch (RFC 9651, 3.3.7).
  deprecation: `@${dateOf(since).getTime() / 1000}`,
  sunset: dateOf(sunset).toUTCString(),
  link: `<${link}>; rel="deprecation"; type="text/html"`,
});

function dateOf(day: string): Date {
  const date = new Date(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(date.getTime()))
    throw new RangeError(`“${day}” is not a date YYYY-MM-DD.`);
  return date;
}
