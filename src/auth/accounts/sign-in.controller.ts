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
import { OwnPassword } from './own-password.service';
import { Sessions } from './sessions.service';

/** Sign-in with a password. */
@ApiTags('access')
@Controller({ path: 'auth', version: '1' })
export class SignInController {
  constructor(
    private readonly sessions: Sessions,
    private readonly password: OwnPassword,
  ) {}

  @Post('login')
  @Throttle({ 'sign-in': {} })
  @HttpCode(200)
  @Public()
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    summary: 'Sign in',
    description: 'Five failures of one address at one account in 15 minutes are answered, further ones refused.',
  })
  @ApiResponse({ status: 200, description: 'An access token, and a refresh token for the next.', type: TokensDto })
  @ApiProblems('unauthenticated', ...WRITE_PROBLEMS)
  async signIn(@Body() credentials: SignInDto, @RequestAuthor() caller: Author): Promise<Representation> {
    return Representation.of(await this.sessions.signIn(credentials, caller));
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    summary: 'Get the next access token',
    description: 'A refresh token is good once; one that comes again ends the session.',
  })
  @ApiResponse({ status: 200, description: 'The next pair.', type: TokensDto })
  @ApiProblems('unauthenticated', ...WRITE_PROBLEMS)
  async refresh(@Body() { refresh_token }: RefreshDto, @RequestAuthor() caller: Author): Promise<Representation> {
    return Representation.of(await this.sessions.refresh(refresh_token, caller));
  }

  @Post('logout')
  @HttpCode(204)
  @Public()
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({ summary: 'Sign out', description: 'Ends the session: its tokens are refused by every instance.' })
  @ApiResponse({ status: 204, description: 'It has ended, or there was none.' })
  @ApiProblems(...WRITE_PROBLEMS)
  async signOut(@Body() { refresh_token }: RefreshDto, @RequestAuthor() caller: Author): Promise<Representation> {
    await this.sessions.signOut(refresh_token, caller);
    return Representation.empty();
  }

  @Post('change-password')
  @HttpCode(204)
  @Requires('viewer')
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({ summary: 'Change the own password', description: 'Ends all other sessions.' })
  @ApiResponse({ status: 204, description: 'It is changed.' })
  @ApiProblems('forbidden', ...WRITE_PROBLEMS)
  async changePassword(
    @Body() passwords: ChangePasswordDto,
    @Req() { principal }: FastifyRequest,
    @RequestAuthor() caller: Author,
  ): Promise<Representation> {
    await this.password.change(principal, passwords, caller);
    return Representation.empty();
  }
}
