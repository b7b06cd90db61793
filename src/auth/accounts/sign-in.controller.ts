import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Throttle } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { type Author, RequestAuthor } from '../../identity/author';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { Representation } from '../../responses/representation';
import { SetRouteOptions } from '../../routing/route-options';
import { Public, Requires } from '../roles/requires.decorator';
import { ChangePasswordDto, RefreshDto, SignInDto, TokensDto } from './accounts.dto';
import { Sessions } from './sessions.service';
import { Users } from './users.service';

/** Sessions of users who sign in with a password. */
@ApiTags('access')
@Controller({ path: 'auth', version: '1' })
export class SignInController {
  constructor(
    private readonly sessions: Sessions,
    private readonly users: Users,
  ) {}

  @Post('login')
  @Throttle({ 'sign-in': {} })
  @HttpCode(200)
  @Public()
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    operationId: 'signIn',
    summary: 'Sign in',
    description: 'After five failed attempts per client address and user in 15 minutes, further attempts get 429.',
  })
  @ApiResponse({ status: 200, description: 'An access token and a refresh token.', type: TokensDto })
  @ApiProblems('unauthenticated', ...WRITE_PROBLEMS)
  async signIn(@Body() credentials: SignInDto, @RequestAuthor() author: Author): Promise<Representation> {
    return Representation.of(await this.sessions.signIn(credentials, author));
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    operationId: 'refreshTokens',
    summary: 'Refresh the access token',
    description: 'A refresh token is valid once; a second use ends the session.',
  })
  @ApiResponse({ status: 200, description: 'The next access token and refresh token.', type: TokensDto })
  @ApiProblems('unauthenticated', ...WRITE_PROBLEMS)
  async refresh(@Body() { refresh_token }: RefreshDto, @RequestAuthor() author: Author): Promise<Representation> {
    return Representation.of(await this.sessions.refresh(refresh_token, author));
  }

  @Post('logout')
  @HttpCode(204)
  @Public()
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    operationId: 'signOut',
    summary: 'Sign out',
    description: 'Ends the session. Every instance rejects its tokens.',
  })
  @ApiResponse({ status: 204, description: 'The session has ended, or did not exist.' })
  @ApiProblems(...WRITE_PROBLEMS)
  async signOut(@Body() { refresh_token }: RefreshDto, @RequestAuthor() author: Author): Promise<Representation> {
    await this.sessions.signOut(refresh_token, author);
    return Representation.empty();
  }

  @Post('change-password')
  @HttpCode(204)
  @Requires('viewer')
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change your password',
    description: 'Ends all your other sessions.',
  })
  @ApiResponse({ status: 204, description: 'The password is changed.' })
  @ApiProblems('forbidden', ...WRITE_PROBLEMS)
  async changePassword(
    @Body() passwords: ChangePasswordDto,
    @Req() { principal }: FastifyRequest,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    await this.users.changeOwnPassword(principal, passwords, author);
    return Representation.empty();
  }
}
