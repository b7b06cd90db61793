export default {
  schemas: { input: './openapi.json', output: { target: './generated/schemas.ts', client: 'zod' } },
};
