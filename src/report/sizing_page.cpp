#include "report/page.hpp"

namespace learningplane::report {

std::string_view sizing_page_template() {
  return R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>learningplane sizing</title>
<style>
@LOOKS@
.panel th.group{text-align:center}.small{font-size:12.5px}
</style></head><body><main>
<h1 id="title"></h1><p class="sub" id="sub"></p>
<h2>Policies, all applications together</h2><div class="panel" id="total"></div><p class="note" id="leftout"></p>
<h2>What is given against what is missed</h2><p class="note">lower left is better: little allocated, few samples above the limit. Allocation: the mean limit, summed over applications; logarithmic where policies differ much.</p>
<div class="two"><div class="panel" id="cpucost"></div><div class="panel" id="memorycost"></div></div>
<h2>Usage and limits over time</h2><p class="note"><span id="pick">application <select id="application"></select> </span><span id="timesnote"></span></p><p class="legend" id="timeskey"></p>
<div class="panel" id="scores"></div><div id="times"></div>
<h2>How each policy was set</h2><div class="panel"><table class="left"><thead><tr><th>policy</th><th>kind</th><th>options</th></tr></thead><tbody id="settings"></tbody></table></div>
<p class="sub" id="foot"></p></main><div id="tip"></div>
<script id="data" type="application/json">@DATA@</script>
<script>
@FIGURES@
const P=D.policies,A=D.applications,MIB=1048576;
$('title').textContent=`Sizing policies on ${D.source}`;
$('sub').textContent=`${n0(D.application_count)} application${D.application_count===1?'':'s'}; learned from the first ${pct(D.train_share,0)} of the samples, judged on the rest; policies see ${D.seen==='served'?'no more than their limit let through':'what was asked for'}`;
const given=(s,u)=>s.samples?g3(s.allocation/u,4):'–';
const row=(name,i,s)=>[`<b style="color:${colour(i)}">${esc(name)}</b>`,given(s.cpu,1),pct(s.cpu.slack),pct(s.cpu.above_share,2),pct(s.cpu.unserved_share,2),n0(s.cpu.resizes),given(s.memory,MIB),pct(s.memory.slack),pct(s.memory.above_share,2),s.memory.samples?n0(s.out_of_memory):'–',n0(s.memory.resizes)];
const scores=list=>`<table><thead><tr><th></th><th class="group" colspan="5">CPU</th><th class="group" colspan="5">memory</th></tr><tr>${['policy','cores','slack','above','throttled','resizes','MiB','slack','above','kills','resizes'].map(h=>`<th>${h}</th>`).join('')}</tr></thead><tbody>${list.map((s,i)=>`<tr>${row(P[i].name,i,s).map(c=>`<td>${c}</td>`).join('')}</tr>`).join('')}</tbody></table>`;
$('total').innerHTML=scores(P.map(p=>p.total));
/* Which applications the sums are of, where not of all, and why; policies of one reason together. */
const reasons=new Map();for(const l of D.left_out){const k=JSON.stringify([l.application,l.reason]);reasons.set(k,[...(reasons.get(k)||[]),l.policy])}
if(D.left_out.length){const some=P.map(p=>p.total.over).filter(n=>n),one=D.alike;
 $('leftout').innerHTML=(one&&some[0]===D.application_count?'':one?`sums are of the ${n0(some[0])} of ${n0(D.application_count)} applications for which every policy with a sum could be made<br>`:`sums are of different applications: ${P.map(p=>`${esc(p.name)} ${n0(p.total.over)} of ${n0(D.application_count)}`).join(', ')}<br>`)+
 [...reasons].map(([k,names])=>{const[a,r]=JSON.parse(k);return`left out: ${a?esc(a)+': ':''}${names.map(esc).join(', ')}: ${esc(r)}`}).join('<br>')}
/* Names beside their dots, moved down until none stands on another. */
function cost(id,title,part,u){const w=540,h=300,pts=P.map((p,i)=>({i,n:p.name,x:p.total[part].allocation/u,y:p.total[part].above_share})).filter(p=>!no(p.y));
 if(!pts.length){$(id).textContent=`${title}: not known`;return}
 const xs=pts.map(p=>p.x),most=Math.max(...xs),least=Math.min(...xs),wide=least>0&&most>5*least,f=wide?Math.log10:x=>x,r=wide?[f(least)-.08*(f(most)-f(least)),f(most)+.08*(f(most)-f(least))]:[0,1.12*most||1];
 const marks=wide?[...Array(13).keys()].flatMap(e=>[1,2,5].map(m=>m*10**(e-3))).filter(v=>f(v)>=r[0]&&f(v)<=r[1]):nice(r[0],r[1],5);
 const F=frame(w,h,r,[0,1.1*Math.max(...pts.map(p=>p.y))||.01],marks.map(v=>[f(v),g3(v)]),{fmt:v=>pct(v,v<.01?2:1)});
 const put=[];let s=F.s;for(const p of pts.sort((a,b)=>F.Y(a.y)-F.Y(b.y))){const x=F.X(f(p.x)),y=F.Y(p.y),left=x>w-140,tw=6.4*p.n.length,a=left?x-9-tw:x+9;let ty=y+4;
   for(let again=true;again;){again=false;for(const q of put)if(a<q.a+q.w&&a+tw>q.a&&Math.abs(ty-q.y)<11.9){ty=q.y+12;again=true}}
   if(ty>h-B-2){ty=y-6;for(let again=true;again;){again=false;for(const q of put)if(a<q.a+q.w&&a+tw>q.a&&Math.abs(ty-q.y)<11.9){ty=q.y-12;again=true}}}
   put.push({a,w:tw,y:ty});if(Math.abs(ty-y-4)>8)s+=`<line x1="${x}" y1="${y}" x2="${left?a+tw+2:a-2}" y2="${ty-4}" stroke="${colour(p.i)}" stroke-width=".7"/>`;
   s+=`<circle cx="${x}" cy="${y}" r="5" fill="${colour(p.i)}"><title>${esc(p.n)}: ${g3(p.x,4)}, ${pct(p.y,2)} of samples above</title></circle><text style="fill:${colour(p.i)}" x="${a}" y="${ty}" paint-order="stroke" stroke="var(--card)" stroke-width="3">${esc(p.n)}</text>`}
 $(id).innerHTML=`<b>${title}</b>`+svg(w,h,s,title)}
cost('cpucost','CPU: samples above the limit by mean limit in cores','cpu',1);cost('memorycost','memory: samples above the limit by mean limit in MiB','memory',MIB);
A.forEach((a,i)=>$('application').append(new Option(`${a.name||'(no label)'}: ${n0(a.samples)} samples`,i)));$('pick').hidden=D.application_count<2;
$('timeskey').innerHTML=key('var(--soft)','used','box')+key('var(--ink)','limit (in the policy\'s colour)')+key('var(--bad)','above the limit')+key('transparent','shaded: learned from, not judged','box');
function draw(){const a=A[+$('application').value],notes=[];if(a.thinned)notes.push('of so many samples the lowest and the highest of each moment are drawn');
 if(D.application_count>A.length)notes.push(`the ${A.length} of ${n0(D.application_count)} applications that ask for most CPU can be drawn`);$('timesnote').textContent=notes.join('; ');
 $('scores').innerHTML=scores(a.policies.map(p=>p.score));$('times').innerHTML='';
 const t0=Math.min(...[a.cpu,a.memory].flatMap(s=>s.t.slice(0,1)),a.judged_from),t1=a.until,xt=times(t0,t1);
 for(const[part,title,u,word]of[['cpu','CPU, cores',1,'cores'],['memory','memory, MiB',MIB,'MiB']]){const used=a[part],v=used.v.map(y=>y===null?null:y/u),h=104;let s='',y=0;const frames=[];
  P.forEach((p,i)=>{const lim=a.policies[i][part],lv=lim.v.map(z=>z===null?null:z/u),last=i===P.length-1,F=frame(W,h,[t0,t1],[0,1.06*Math.max(high(v),high(lv))||1],last?xt:xt.map(([m])=>[m,'']),{ticks:3});
   const hold=t=>{let b=-1;for(let q=0,z=lim.t.length-1;q<=z;){const m=(q+z)>>1;if(lim.t[m]<=t){b=m;q=m+1}else z=m-1}return b<0?null:lv[b]};
   let above='';used.t.forEach((t,j)=>{const l=hold(t);if(t>=a.judged_from&&v[j]!==null&&l!==null&&v[j]>l*(1+1e-4))above+=`M${F.X(t).toFixed(1)} ${F.Y(l).toFixed(1)}V${F.Y(v[j]).toFixed(1)}`});
   const score=a.policies[i].score;
   s+=`<g transform="translate(0 ${y+14})"><rect x="${L}" width="${Math.max(0,F.X(a.judged_from)-L)}" y="${T}" height="${h-B-T}" fill="var(--soft)" opacity=".1"/>${F.s}<path d="${ground(F,used.t,v)}" fill="var(--soft)" opacity=".28"/>${path(line(F,used.t,v),'var(--soft)',.9)}${path(above,'var(--bad)',1.6)}${path(steps(F,lim.t,lv,t1),colour(i),1.5)}`+
     `<text class="name" x="${L}" y="3">${esc(p.name)}<tspan style="font-weight:400;fill:var(--soft)">  mean ${given(score[part],u)} ${word}, slack ${pct(score[part].slack)}, ${n0(score[part].above)} samples above, ${n0(score[part].resizes)} resizes</tspan></text></g>`;y+=h+14});
  const e=document.createElement('div');e.className='panel';e.innerHTML=`<b>${title}</b>`+svg(W,y+4,s,title);$('times').append(e);
  const F={x0:t0,x1:t1,w:W};hover(e,F,t=>{const j=nearest(used.t,t);return`${stamp(t)}\nused ${g3(v[j])}\n`+P.map((p,i)=>{const lim=a.policies[i][part];let b=null;lim.t.forEach((x,q)=>{if(x<=t)b=lim.v[q]});return`${p.name} ${t<a.judged_from?'–':g3(b===null?null:b/u)}`}).join('\n')})}}
$('application').onchange=draw;draw();
$('settings').innerHTML=P.map((p,i)=>`<tr><td style="color:${colour(i)}">${esc(p.name)}</td><td>${esc(p.kind)}</td><td>${esc(p.options==='{}'?'defaults':p.options)}</td></tr>`).join('');
$('foot').textContent='above: share of the judged samples whose demand was above the limit; of memory each is a kill. slack: share of the allocation that was not used. throttled: share of the demand above the limit.';
</script></body></html>
)page";
}

}  // namespace learningplane::report
